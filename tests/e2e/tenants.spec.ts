import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Tenant {
  id: string;
  name: string;
  maxDeliveriesPerSecond: number | null;
  paused: boolean;
}

test('makes a tenant, gives it limits, and goes to it', async ({
  page,
  operator,
  hookyard,
  tenant,
  signIn,
}) => {
  const id = `${tenant.tenant}-made`;
  await signIn(hookyard.key, '/tenants');
  await expect(page.getByRole('row').filter({ hasText: tenant.tenant }).first()).toBeVisible();
  await axe(page);
  await page.getByRole('button', { name: 'Make a tenant' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Id' }).fill('Not An Id');
  await dialog.getByRole('textbox', { name: 'Deliveries a second' }).fill('0');
  await dialog.getByRole('button', { name: 'Make the tenant' }).click();
  await expect(dialog.getByText('Say who it is.')).toBeVisible();
  await expect(dialog.getByText('Only a to z')).toBeVisible();
  await expect(dialog.getByText('A whole number of 1 to 100,000')).toBeVisible();
  await axe(page);
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Made Ltd');
  await dialog.getByRole('textbox', { name: 'Id' }).fill(id);
  await dialog.getByRole('textbox', { name: 'Deliveries a second' }).fill('25');
  await dialog.getByRole('button', { name: 'Make the tenant' }).click();
  await expect(dialog).toBeHidden();
  expect(await operator.get<Tenant>(`tenants/${id}`)).toMatchObject({
    name: 'Made Ltd',
    maxDeliveriesPerSecond: 25,
  });

  const row = page.getByRole('row').filter({ hasText: id });
  await row.getByRole('button', { name: 'What to do with Made Ltd' }).click();
  await page.getByRole('menuitem', { name: 'Name and limits' }).click();
  await dialog.getByRole('textbox', { name: 'Deliveries a second' }).fill('');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Made Limited');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('no limit');
  expect(await operator.get<Tenant>(`tenants/${id}`)).toMatchObject({
    name: 'Made Limited',
    maxDeliveriesPerSecond: null,
  });

  await row.getByRole('link', { name: 'Made Limited' }).click();
  await expect(page).toHaveURL(`/t/${id}/overview`);
});

test('an id that is taken is named at its field', async ({ page, hookyard, tenant, quiet, signIn }) => {
  quiet.expect(/status of (409|422)/);
  await signIn(hookyard.key, '/tenants');
  await page.getByRole('button', { name: 'Make a tenant' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Twice');
  await dialog.getByRole('textbox', { name: 'Id' }).fill(tenant.tenant);
  await dialog.getByRole('button', { name: 'Make the tenant' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The tenant was not made');
});

test('pauses and resumes a tenant, and takes it back', async ({
  page,
  operator,
  hookyard,
  tenant,
  signIn,
}) => {
  const paused = (is: boolean) =>
    operator.until(`tenants/${tenant.tenant}`, (one: Tenant) => one.paused === is, `paused: ${is}`);
  await signIn(hookyard.key, '/tenants');
  const row = page.getByRole('row').filter({ hasText: tenant.tenant }).first();
  const choose = async (name: string) => {
    await row.getByRole('button', { name: /^What to do/ }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await choose('Pause');
  await expect(page.getByRole('dialog')).toContainText('Nothing is sent to any of its endpoints');
  await page.getByRole('button', { name: 'Pause the tenant' }).click();
  await expect(row).toContainText('Paused');
  await paused(true);
  await choose('Resume');
  await expect(row).toContainText('Active');
  await paused(false);
  await page
    .getByRole('region', { name: 'Notices' })
    .getByRole('group')
    .filter({ hasText: 'is resumed' })
    .getByRole('button', { name: 'Undo' })
    .click();
  await expect(row).toContainText('Paused');
  await paused(true);
});

test('deletes a tenant only once its id is typed', async ({ page, operator, hookyard, tenant, signIn }) => {
  await signIn(hookyard.key, '/tenants');
  const row = page.getByRole('row').filter({ hasText: tenant.tenant }).first();
  await row.getByRole('button', { name: /^What to do/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Delete the tenant' });
  await expect(confirm).toBeDisabled();
  await axe(page);
  await dialog.getByRole('textbox').fill('something else');
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill(tenant.tenant);
  await confirm.click();
  await expect(row).toHaveCount(0);
  await expect(operator.get(`tenants/${tenant.tenant}`)).rejects.toThrow('404');
});

test('is for operators alone', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('admin');
  await signIn(key, '/tenants');
  await expect(page.getByText('Your key may not see or make tenants')).toBeVisible();
});
