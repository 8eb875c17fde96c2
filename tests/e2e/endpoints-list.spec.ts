import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Endpoint {
  id: string;
  name: string;
  status: string;
  queued: number;
  consecutiveFailures: number;
}

test('an empty list teaches, and leads to the form', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints`);
  await expect(page.getByRole('heading', { name: 'No endpoints yet' })).toBeVisible();
  await expect(page.getByText('/api/v1/webhooks')).toBeVisible();
  await axe(page);
  await page.getByRole('link', { name: 'Create the first endpoint' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New endpoint' })).toBeVisible();
});

test('finds, filters and orders endpoints, with all of it in the address', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  const orders = await tenant.makeEndpoint(receiver.url('/orders'), { name: 'Orders' });
  await tenant.makeEndpoint(receiver.url('/members'), {
    name: 'Members',
    events: ['member.>'],
    userId: 'u_7',
  });
  const failing = await tenant.makeEndpoint('http://127.0.0.1:9123/', { name: 'Nobody', maxRetries: 0 });
  await tenant.patch(`webhooks/${orders.id}`, { status: 'paused' });
  for (let n = 0; n < 3; n++) await tenant.publish('order.paid');
  await tenant.until<Endpoint>(
    `webhooks/${failing.id}`,
    ({ consecutiveFailures }) => consecutiveFailures === 3,
    'three attempts fail',
  );
  await tenant.until<{ items: { id: string; stats: { failures: number } }[] }>(
    'webhooks?stats=24h',
    ({ items }) => items.some(({ id, stats }) => id === failing.id && stats.failures === 3),
    'it is counted',
  );
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints`);
  const table = page.getByRole('table', { name: 'Endpoints' });
  const row = (name: string) =>
    table.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await expect(row('Orders')).toContainText('Paused');
  await expect(row('Orders').getByRole('cell').nth(4)).toHaveText('3');
  await expect(row('Nobody').getByRole('cell').nth(1)).toHaveText(/Active.*failing/);
  await expect(row('Members').getByRole('cell').nth(1)).toHaveText('Active');
  await expect(row('Nobody')).toContainText('connection was refused');
  await expect(row('Nobody').getByRole('img')).toHaveAccessibleName(
    /3 attempts in the last 24 hours, 3 failed/,
  );
  await axe(page);

  await page.getByRole('textbox', { name: 'Search' }).fill('membe');
  await expect(page).toHaveURL(/[?&]q=membe/);
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(row('Members')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Search' })).toHaveValue('membe');
  await expect(row('Members')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(table.getByRole('row')).toHaveCount(4);

  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Paused' }).click();
  await expect(page).toHaveURL(/status=paused/);
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(row('Orders')).toBeVisible();
  await page.getByRole('textbox', { name: 'User' }).fill('u_7');
  await expect(page.getByRole('heading', { name: 'No endpoint is like this' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all endpoints' }).click();
  await page.getByRole('textbox', { name: 'Event' }).fill('member.created');
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(row('Members')).toBeVisible();

  await page.getByRole('combobox', { name: 'Order' }).click();
  await page.getByRole('option', { name: 'Largest backlog' }).click();
  await expect(page).toHaveURL(/by=backlog/);
  await expect(table.getByRole('row').nth(1)).toContainText('Orders');
  await page.getByRole('combobox', { name: 'Order' }).click();
  await page.getByRole('option', { name: /Most failures/ }).click();
  await expect(row('Nobody').getByRole('cell').nth(2)).toHaveText('3');
  await axe(page);
});

test('goes from page to page', async ({ page, tenant, receiver, signIn }) => {
  for (let number = 1; number <= 51; number++)
    await tenant.makeEndpoint(receiver.url(), { name: `Endpoint ${number}` });
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/endpoints`);
  await expect(page.getByRole('link', { name: 'Endpoint 51', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Endpoint 1', exact: true })).toBeHidden();
  await page.getByRole('button', { name: 'Older' }).click();
  await expect(page.getByRole('link', { name: 'Endpoint 1', exact: true })).toBeVisible();
  await expect(page).toHaveURL(/cursor=/);
  await page.goBack();
  await expect(page.getByRole('link', { name: 'Endpoint 51', exact: true })).toBeVisible();
});

test('pauses, resumes and disables from the row', async ({ page, tenant, receiver, signIn }) => {
  const { id } = await tenant.makeEndpoint(receiver.url());
  const status = async () => (await tenant.get<Endpoint>(`webhooks/${id}`)).status;
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints`);
  await page.getByRole('button', { name: 'Pause Orders' }).click();
  await expect(page.getByRole('button', { name: 'Resume Orders' })).toBeVisible();
  expect(await status()).toBe('paused');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Pause Orders' })).toBeVisible();
  expect(await status()).toBe('active');
  await page.getByRole('button', { name: 'Pause Orders' }).click();
  await page.getByRole('button', { name: 'Resume Orders' }).click();
  await expect(page.getByRole('button', { name: 'Pause Orders' })).toBeVisible();
  expect(await status()).toBe('active');

  await page.getByRole('button', { name: 'What to do with Orders' }).click();
  await page.getByRole('menuitem', { name: 'Disable…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disable Orders?' });
  await expect(dialog).toContainText('becomes dead letters');
  await axe(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  expect(await status()).toBe('active');
  await page.getByRole('button', { name: 'What to do with Orders' }).click();
  await page.getByRole('menuitem', { name: 'Disable…' }).click();
  await dialog.getByRole('button', { name: 'Disable the endpoint' }).click();
  await expect(page.getByRole('button', { name: 'Enable Orders' })).toBeVisible();
  expect(await status()).toBe('disabled');
  await page.getByRole('button', { name: 'Enable Orders' }).click();
  await expect(page.getByRole('button', { name: 'Pause Orders' })).toBeVisible();
  expect(await status()).toBe('active');
});

test('a viewer is shown nothing that it may not', async ({ page, tenant, receiver, signIn }) => {
  const { id } = await tenant.makeEndpoint(receiver.url());
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/endpoints`);
  await page.getByRole('link', { name: 'Orders', exact: true }).waitFor();
  await expect(page.getByRole('link', { name: 'New endpoint' })).toBeHidden();
  await expect(page.getByRole('button', { name: /Pause|Disable|More/ })).toHaveCount(0);
  await page.goto(`/t/${tenant.tenant}/endpoints/${id}?tab=danger`);
  await expect(page.getByRole('tab')).toHaveText(['Overview', 'Deliveries', 'Settings', 'Secret']);
  await expect(page.getByRole('tab', { name: 'Overview' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('button', { name: 'Pause' })).toHaveCount(0);
  await page.getByRole('tab', { name: 'Settings' }).click();
  await expect(page.getByText('Attempt 4:')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await axe(page);
  await page.getByRole('tab', { name: 'Secret' }).click();
  await expect(page.getByRole('button', { name: /Replace/ })).toHaveCount(0);
  await page.goto(`/t/${tenant.tenant}/endpoints/new`);
  await expect(page.getByText('Your key may not create endpoints')).toBeVisible();
});
