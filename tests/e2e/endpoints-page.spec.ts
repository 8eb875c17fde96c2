import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Endpoint {
  id: string;
  status: string;
  secretHint: string;
  consecutiveFailures: number;
  queued: number;
}
interface State {
  breaker: { state: string };
}
interface Delivery {
  id: string;
  status: string;
  event: string;
}

test('says how an endpoint is, and draws its attempts', async ({ page, tenant, receiver, signIn }) => {
  receiver.answer = { status: 500, body: 'it broke' };
  const { id } = await tenant.makeEndpoint(receiver.url(), {
    retrySchedule: ['0s', '100ms'],
    maxRetries: 20,
  });
  for (const n of [1, 2, 3]) await tenant.publish('order.paid', { n });
  await tenant.until<State>(
    `webhooks/${id}/state`,
    ({ breaker }) => breaker.state === 'open',
    'the breaker opens',
  );
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}`);
  await expect(page.getByText(/The breaker is (open|probing)/)).toBeVisible();
  await expect(page.getByText(/Last error/)).toContainText('500');
  await expect(page.getByRole('figure', { name: 'Attempts by outcome' })).toContainText(
    'Answered with an error',
  );
  await axe(page);
  await page.getByRole('radiogroup', { name: 'How far back' }).getByText('7 days').click();
  await expect(page).toHaveURL(/window=7d/);
  await page.getByRole('figure', { name: 'Attempts by outcome' }).getByText('Table').click();
  await expect(page.getByRole('columnheader', { name: 'Answered with an error' })).toBeVisible();
  // It is up again: seen without a reload.
  receiver.answer = { status: 200 };
  await expect(page.getByText('Deliveries flow.')).toBeVisible({ timeout: 30_000 });
});

test('lists the deliveries of an endpoint, filtered by the address', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  const { id } = await tenant.makeEndpoint(receiver.url());
  await tenant.publish('order.paid');
  await tenant.publish('order.refunded');
  await tenant.until<{ items: Delivery[] }>(
    `webhooks/${id}/deliveries?status=success`,
    ({ items }) => items.length === 2,
    'both are delivered',
  );
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}`);
  await page.getByRole('tab', { name: 'Deliveries' }).click();
  const table = page.getByRole('table', { name: 'Deliveries' });
  await expect(table.getByRole('row')).toHaveCount(3);
  await page.getByRole('combobox', { name: 'Event type' }).fill('order.refunded');
  await page.getByRole('combobox', { name: 'Event type' }).press('Enter');
  await expect(page).toHaveURL(/event=order\.refunded/);
  await expect(table.getByRole('row')).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Dead letter' }).click();
  await expect(page.getByText('No delivery is like that')).toBeVisible();
  await page.getByRole('search').getByRole('button', { name: 'Clear filters' }).click();
  await expect(table.getByRole('row')).toHaveCount(3);
  await page.getByRole('combobox', { name: 'Time' }).click();
  await page.getByRole('option', { name: 'Last hour' }).click();
  await expect(page).toHaveURL(/range=1h/);
  await expect(table.getByRole('row')).toHaveCount(3);
  await page.getByRole('search').getByRole('button', { name: 'Clear filters' }).click();
  // What is published while one looks comes by itself.
  await expect(table.getByRole('row')).toHaveCount(3);
  await tenant.publish('order.cancelled');
  await expect(table.getByRole('link', { name: 'order.cancelled' })).toBeVisible();
  const [newest] = await tenant.all<Delivery>(`webhooks/${id}/deliveries?event=order.cancelled`);
  await expect(table.getByRole('link', { name: 'order.cancelled' })).toHaveAttribute(
    'href',
    `/t/${tenant.tenant}/deliveries/${newest?.id}`,
  );
  await axe(page);
});

test('sends a test and shows what came back, inert', async ({ page, tenant, receiver, signIn }) => {
  await tenant.put('event-types/order.paid', { description: 'Paid', example: { orderId: 7 } });
  const { id } = await tenant.makeEndpoint(receiver.url());
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=test`);
  const type = page.getByRole('combobox', { name: 'Event type' });
  await type.fill('order.paid');
  await expect(page.getByRole('textbox', { name: 'Data' })).toHaveValue(/"orderId": 7/);
  await type.press('Escape');
  await page.getByRole('textbox', { name: 'Data' }).fill('{"id": 12345678901234567890}');
  receiver.answer = {
    status: 503,
    headers: { 'X-Why': 'tired', 'Content-Type': 'text/html' },
    body: '<script>document.title="stolen"</script>\u001b[31mred',
  };
  await page.getByRole('button', { name: 'Send the test' }).click();
  await expect(page.getByText('Status 503')).toBeVisible();
  await expect(page.getByRole('figure', { name: 'Response headers' })).toContainText('tired');
  await expect(page.getByRole('figure', { name: 'Response body' })).toContainText(
    '<script>document.title="stolen"</script>⟨U+001B⟩[31mred',
  );
  await expect(page).toHaveTitle(/Orders/);
  // Every digit of a long number arrives.
  expect(receiver.received.at(-1)?.body).toContain('12345678901234567890');
  await axe(page);
  await page.getByRole('textbox', { name: 'Data' }).fill('{"id": ');
  await expect(page.getByText('This is no JSON yet')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send the test' })).toBeDisabled();
});

test('replaces the secret', async ({ page, tenant, receiver, signIn }) => {
  const before = await tenant.makeEndpoint<Endpoint>(receiver.url());
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${before.id}?tab=secret`);
  await expect(page.getByText(`…${before.secretHint}`)).toBeVisible();
  await page.getByRole('button', { name: 'Replace the secret…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replace the signing secret?' });
  await dialog.getByRole('combobox', { name: 'The old secret signs too for' }).click();
  await page.getByRole('option', { name: '1 hour' }).click();
  await axe(page);
  await dialog.getByRole('button', { name: 'Replace the secret' }).click();
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  const after = await tenant.get<Endpoint>(`webhooks/${before.id}`);
  expect(after.secretHint).toBe(secret.slice(-4));
  await tenant.post(`webhooks/${before.id}/test`, {});
  expect(String(receiver.received.at(-1)?.headers['webhook-signature']).split(' ')).toHaveLength(2);
  await page.reload();
  await expect(page.getByText(`…${after.secretHint}`)).toBeVisible();
  await expect(page.getByTestId('secret')).toHaveCount(0);
});

test('replays dead letters with progress, and a backfill', async ({ page, tenant, receiver, signIn }) => {
  receiver.answer = { status: 500 };
  const { id } = await tenant.makeEndpoint(receiver.url(), { maxRetries: 0 });
  for (const n of [1, 2]) await tenant.publish('order.paid', { n });
  await tenant.publish('order.refunded');
  await tenant.until<{ items: Delivery[] }>(
    `webhooks/${id}/deliveries?status=dead`,
    ({ items }) => items.length === 3,
    'all are dead',
  );
  receiver.answer = { status: 200 };
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=replay`);
  await expect(page.getByText('3 dead letters are in this range.')).toBeVisible();
  const type = page.getByRole('combobox', { name: 'Event type' });
  await type.fill('order.');
  await expect(page.getByRole('button', { name: 'Replay…' })).toBeDisabled();
  await type.fill('order.paid');
  await type.press('Enter');
  await expect(page.getByText('2 dead letters are in this range.')).toBeVisible();
  await expect(page).toHaveURL(/event=order\.paid/);
  await page.getByRole('button', { name: 'Replay…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replay dead letters?' });
  await expect(dialog).toContainText('2 dead letters are sent again');
  await axe(page);
  await dialog.getByRole('button', { name: 'Start the replay' }).click();
  await expect(page.getByText(/^Finished: .*2 deliveries owed again\.$/).first()).toBeVisible();
  await expect(page).toHaveURL(/replay=rpl_/);
  await tenant.until<{ items: Delivery[] }>(
    `webhooks/${id}/deliveries?status=success`,
    ({ items }) => items.length === 2,
    'both are delivered',
  );
  await axe(page);

  // Published while nobody wanted it.
  await tenant.publish('member.created');
  await tenant.patch(`webhooks/${id}`, { events: ['order.*', 'member.*'] });
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await type.fill('');
  await page.getByRole('radio', { name: 'Events that were never owed to it' }).check();
  await expect(page).toHaveURL(/what=unsent/);
  await page.getByRole('button', { name: 'Replay…' }).click();
  await page.getByRole('button', { name: 'Start the replay' }).click();
  await expect(page.getByRole('heading', { name: 'Backfill' })).toBeVisible();
  await tenant.until<{ items: Delivery[] }>(
    `webhooks/${id}/deliveries?event=member.created&status=success`,
    ({ items }) => items.length === 1,
    'the backfill is delivered',
  );
});

test('cancels a replay', async ({ page, tenant, receiver, signIn }) => {
  receiver.answer = { status: 500 };
  const { id } = await tenant.makeEndpoint(receiver.url(), { maxRetries: 0 });
  await tenant.publish('order.paid');
  await tenant.until<{ items: Delivery[] }>(
    `webhooks/${id}/deliveries?status=dead`,
    ({ items }) => items.length === 1,
    'it is dead',
  );
  // A replay is over before one could click: what is slow here is told by the page's own requests.
  const unfinished: { finishedAt: string | null; cancelledAt: string | null } = {
    finishedAt: null,
    cancelledAt: null,
  };
  const running = {
    id: 'rpl_01h455vb4pex5vsknk084sn02q',
    status: 'dead',
    webhookId: id,
    total: 100,
    done: 40,
    owed: 40,
    createdAt: new Date().toISOString(),
    ...unfinished,
  };
  await page.route('**/api/v1/replays/rpl_*', async (route) => {
    if (route.request().method() === 'DELETE') {
      running.finishedAt = running.cancelledAt = new Date().toISOString();
      await route.fulfill({ status: 204 });
    } else await route.fulfill({ json: running });
  });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=replay&replay=${running.id}`);
  await expect(page.getByRole('progressbar', { name: 'How far the replay is' })).toHaveAttribute(
    'aria-valuenow',
    '40',
  );
  await page.getByRole('button', { name: 'Cancel the replay' }).click();
  await expect(page.getByText('Cancelled: 40 of 100 dead letters looked at')).toBeVisible();
});

test('disables, and deletes once the name is typed', async ({ page, tenant, receiver, signIn }) => {
  const { id } = await tenant.makeEndpoint(receiver.url());
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=danger`);
  await axe(page);
  await page.getByRole('button', { name: 'Disable…' }).click();
  await page.getByRole('button', { name: 'Disable the endpoint' }).click();
  await expect(page.getByRole('button', { name: 'Enable' })).toBeVisible();
  expect((await tenant.get<Endpoint>(`webhooks/${id}`)).status).toBe('disabled');
  await page.getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Orders?' });
  await expect(dialog.getByRole('button', { name: 'Delete the endpoint' })).toBeDisabled();
  await axe(page);
  await dialog.getByRole('textbox').fill('Orders');
  await dialog.getByRole('button', { name: 'Delete the endpoint' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Endpoints' })).toBeVisible();
  expect(await tenant.all('webhooks')).toEqual([]);
});

test('says that there is no such endpoint', async ({ page, tenant, quiet, signIn }) => {
  quiet.expect(/404/);
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/endpoints/ep_01h455vb4pex5vsknk084sn02q`);
  await expect(page.getByRole('heading', { level: 1, name: 'No such endpoint' })).toBeVisible();
  await expect(page.getByRole('alert')).toBeVisible();
});
