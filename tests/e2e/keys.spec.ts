import { Api } from './support/api';
import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Key {
  id: string;
  name: string;
  role: string;
  tenantId: string | null;
  expiresAt: string | null;
}

test('makes a key, shows it once, and it works', async ({ page, tenant, hookyard, signIn }) => {
  const admin = await tenant.makeKey('admin', { name: 'the admin' });
  await signIn(admin.key, `/t/${tenant.tenant}/keys`);
  const table = page.getByRole('table', { name: 'Keys' });
  await expect(table.getByRole('row').filter({ hasText: 'the admin' })).toContainText('Yours');
  await axe(page);

  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await expect(dialog.getByText('Say who or what uses it.')).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('checkout service');
  await dialog.getByRole('combobox', { name: 'Role' }).click();
  await expect(page.getByRole('option', { name: 'Operator' })).toHaveCount(0);
  await page.getByRole('option', { name: 'Producer' }).click();
  await expect(dialog.getByText('Publishes events, and neither reads')).toBeVisible();
  await axe(page);
  await dialog.getByRole('button', { name: 'Make the key' }).click();

  const shown = dialog.getByRole('figure', { name: 'The key' });
  await expect(shown).toContainText(/^hy_/);
  const key = (await shown.textContent())?.trim() ?? '';
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(shown, 'not lost by a key pressed too soon').toBeVisible();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Make a key' })).toBeFocused();
  await expect(table.getByRole('row').filter({ hasText: 'checkout service' })).toContainText('Producer');
  await expect(page.getByText(key)).toHaveCount(0);

  const made = (await tenant.all<Key>('keys')).find(({ name }) => name === 'checkout service');
  expect(made).toMatchObject({ role: 'producer', tenantId: tenant.tenant });
  expect(Date.parse(made?.expiresAt ?? '')).toBeGreaterThan(Date.now());
  const producer = new Api(hookyard.api, key, null);
  expect(await producer.publish('order.created')).toMatchObject({ duplicate: false });
});

test('changes a key, and revokes one with what that does named', async ({
  page,
  tenant,
  hookyard,
  signIn,
}) => {
  const admin = await tenant.makeKey('admin', { name: 'the admin' });
  const other = await tenant.makeKey('viewer', { name: 'somebody' });
  await signIn(admin.key, `/t/${tenant.tenant}/keys`);
  await page.getByRole('button', { name: 'Change somebody' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('somebody else');
  await dialog.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Editor' }).click();
  await dialog.getByRole('combobox', { name: 'Ends' }).click();
  await page.getByRole('option', { name: 'On a day that I choose' }).click();
  await dialog.getByLabel('Last day').fill('2001-01-01');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Choose a day to come.')).toBeVisible();
  await dialog.getByLabel('Last day').fill('2099-05-06');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  const changed = await tenant.get<Key>(`keys/${other.id}`);
  expect(changed).toMatchObject({ name: 'somebody else', role: 'editor' });
  expect(changed.expiresAt).toContain('2099-05-06');

  await page.getByRole('button', { name: 'Revoke somebody else' }).click();
  await expect(dialog).toContainText('It has never been used.');
  await axe(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Revoke somebody else' })).toBeFocused();
  await page.getByRole('button', { name: 'Revoke somebody else' }).click();
  await dialog.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'somebody else' })).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeFocused();
  await expect(new Api(hookyard.api, other.key, null).get('whoami')).rejects.toThrow('401');
});

test('somebody else’s change in between is not overwritten', async ({ page, tenant, quiet, signIn }) => {
  const admin = await tenant.makeKey('admin');
  const other = await tenant.makeKey('viewer', { name: 'somebody' });
  quiet.expect(/status of 412/);
  await signIn(admin.key, `/t/${tenant.tenant}/keys`);
  await page.getByRole('button', { name: 'Change somebody' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('mine');
  await tenant.patch(`keys/${other.id}`, { name: 'theirs' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The key was not changed');
  expect(await tenant.get(`keys/${other.id}`)).toMatchObject({ name: 'theirs' });
});

test('revoking one’s own key signs out', async ({ page, tenant, signIn }) => {
  const admin = await tenant.makeKey('admin', { name: 'mine' });
  await signIn(admin.key, `/t/${tenant.tenant}/keys`);
  await page.getByRole('button', { name: 'Revoke mine' }).click();
  await expect(page.getByRole('dialog')).toContainText('you will be signed out');
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(page.getByText('You were signed out')).toBeVisible();
});

test('an operator makes an operator’s key, of the whole instance', async ({
  page,
  tenant,
  operator,
  hookyard,
  signIn,
}) => {
  await signIn(hookyard.key, `/t/${tenant.tenant}/keys`);
  await page.getByRole('button', { name: 'Make a key' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill(`second operator of ${tenant.tenant}`);
  await dialog.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Operator' }).click();
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('radiogroup', { name: 'Keys of' }).getByText('Whole instance').click();
  await expect(page).toHaveURL(/whole=true/);
  const row = page.getByRole('row').filter({ hasText: `second operator of ${tenant.tenant}` });
  await expect(row).toContainText('all of them');
  const made = (await operator.all<Key>('keys')).find(
    ({ name }) => name === `second operator of ${tenant.tenant}`,
  );
  expect(made).toMatchObject({ role: 'operator', tenantId: null });
  await row.getByRole('button', { name: /^Revoke/ }).click();
  await dialog.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(row).toHaveCount(0);
});

test('says why the page is not for a viewer', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/keys`);
  await expect(page.getByText('Your key may not see or make keys')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Make a key' })).toHaveCount(0);
  await axe(page);
});
