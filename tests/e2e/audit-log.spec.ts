import { axe } from './support/axe';
import { expect, test } from './support/test';

test('tells who did what, filters it, and leads to what it is about', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  const admin = await tenant.makeKey('admin', { name: 'the admin' });
  const endpoint = await tenant.makeEndpoint(receiver.url());
  const other = await tenant.makeEndpoint(receiver.url('/other'), { name: 'Other' });
  await tenant.patch(`webhooks/${endpoint.id}`, { status: 'paused' });
  await tenant.delete(`webhooks/${other.id}`);
  await signIn(admin.key, `/t/${tenant.tenant}/audit-log`);
  const rows = page.getByRole('table', { name: 'Changes' }).getByRole('row');
  await expect(
    rows.filter({ hasText: `changed the endpoint ${endpoint.id} (Orders): status` }),
  ).toBeVisible();
  await expect(rows.filter({ hasText: 'made the endpoint' })).toHaveCount(2);
  await expect(rows.filter({ hasText: 'deleted the endpoint' }).getByRole('link')).toHaveCount(0);
  await axe(page);

  await page.getByRole('combobox', { name: 'Action' }).click();
  await page.getByRole('option', { name: 'Endpoint: changed' }).click();
  await expect(page).toHaveURL(/action=endpoint\.changed/);
  await expect(rows).toHaveCount(2);
  await page.getByRole('textbox', { name: 'Done to' }).fill(other.id);
  await expect(page.getByRole('heading', { name: 'No change matches' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/audit-log$/);

  await page.getByRole('combobox', { name: 'By the key' }).click();
  await page.getByRole('option', { name: /^the admin/ }).click();
  await expect(page.getByRole('heading', { name: 'No change matches' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('combobox', { name: 'Time' }).click();
  await page.getByRole('option', { name: 'Last hour' }).click();
  await expect(page).toHaveURL(/range=1h/);
  await expect(rows.filter({ hasText: 'made the endpoint' })).toHaveCount(2);

  await rows.filter({ hasText: 'changed the endpoint' }).getByRole('link', { name: endpoint.id }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/endpoints/${endpoint.id}`);
});

test('an operator sees what is of no tenant', async ({ page, tenant, operator, hookyard, signIn }) => {
  await operator.post('config/reload', {});
  await signIn(hookyard.key, `/t/${tenant.tenant}/audit-log`);
  const reloaded = page.getByRole('row').filter({ hasText: 'had the configuration read again' });
  await expect(page.getByRole('row').filter({ hasText: 'made the tenant' })).toHaveCount(1);
  await expect(reloaded).toHaveCount(0);
  await page.getByRole('radiogroup', { name: 'Changes of' }).getByText('Whole instance').click();
  await expect(reloaded.first()).toContainText('none');
});

test('goes from page to page', async ({ page, tenant, receiver, signIn }) => {
  const admin = await tenant.makeKey('admin');
  const endpoint = await tenant.makeEndpoint(receiver.url());
  for (let step = 0; step < 55; step++)
    await tenant.patch(`webhooks/${endpoint.id}`, { name: `Name ${step}` });
  await signIn(admin.key, `/t/${tenant.tenant}/audit-log`);
  const rows = page.getByRole('table', { name: 'Changes' }).getByRole('row');
  await expect(rows).toHaveCount(51);
  await page.getByRole('button', { name: 'Older' }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(rows.filter({ hasText: 'made the tenant' })).toBeVisible();
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(rows).toHaveCount(51);
});

test('says why the page is not for an editor', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/audit-log`);
  await expect(page.getByText('Your key may not see the audit log')).toBeVisible();
});
