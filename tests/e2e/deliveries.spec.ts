import { createHmac } from 'node:crypto';
import { axe } from './support/axe';
import { losePayloads } from './support/ledger';
import { expect, test } from './support/test';

interface Delivery {
  id: string;
  eventId: string;
  event: string;
  status: string;
  attemptCount: number;
  nextAttemptAt: string | null;
}

interface Page<Item> {
  items: Item[];
}

/** Failed once, and to be tried again in an hour. */
const RETRIES_LATE = { maxRetries: 3, retrySchedule: ['0s', '1h'] };

test('filters are in the address, and an empty list teaches', async ({ page, tenant, receiver, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/deliveries`);
  await expect(page.getByRole('heading', { name: 'Nothing was delivered yet' })).toBeVisible();
  await expect(page.getByRole('figure', { name: 'Command' })).toContainText('/api/v1/events');
  await expect(page.getByRole('link', { name: 'Publish an event' })).toBeVisible();
  await axe(page);

  const orders = await tenant.makeEndpoint(receiver.url('/orders'), { name: 'Orders' });
  await tenant.makeEndpoint(receiver.url('/users'), { name: 'Users', events: ['user.>'] });
  await tenant.publish('order.paid', { n: 1 }, { eventId: 'paid-1' });
  await tenant.publish('user.signed_up', { n: 2 }, { eventId: 'user-1' });
  await tenant.until<Page<Delivery>>(
    'deliveries?status=success',
    ({ items }) => items.length === 2,
    'both are delivered',
  );
  await page.reload();
  const table = page.getByRole('table', { name: 'Deliveries' });
  await expect(table.getByRole('row')).toHaveCount(3);

  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Delivered' }).click();
  await expect(page).toHaveURL(/\?status=success$/);
  await page.getByRole('combobox', { name: 'Endpoint' }).fill('ord');
  await page.getByRole('option', { name: 'Orders' }).click();
  await expect(page).toHaveURL(new RegExp(`endpoint=${orders.id}`));
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(table).toContainText('paid-1');

  const type = page.getByRole('combobox', { name: 'Event type' });
  await type.fill('order..x');
  await expect(type).toHaveAccessibleDescription(/dots between/);
  await type.fill('user.>');
  await type.press('Enter');
  await expect(page).toHaveURL(/event=user\.%3E/);
  await expect(page.getByRole('heading', { name: 'No delivery is like that' })).toBeVisible();

  // The address alone brings it back.
  await page.reload();
  await expect(type).toHaveValue('user.>');
  await expect(page.getByRole('combobox', { name: 'Endpoint' })).toHaveValue('Orders');
  await page.getByRole('search').getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/deliveries`);
  await expect(table.getByRole('row')).toHaveCount(3);

  await page.getByRole('combobox', { name: 'Time' }).click();
  await page.getByRole('option', { name: 'From … to …' }).click();
  const to = page.getByLabel('To (local time)');
  await to.fill('2026-01-02T03:04:05');
  await to.press('Enter');
  // The browser is in Berlin, an hour ahead in winter.
  await expect(page).toHaveURL(/range=custom&until=2026-01-02T02%3A04%3A05\.000Z/);
  await expect(page.getByRole('heading', { name: 'No delivery is like that' })).toBeVisible();
  await page.getByRole('radiogroup', { name: 'Times' }).getByText('UTC').click();
  await expect(page.getByLabel('To (UTC)')).toHaveValue('2026-01-02T02:04:05');
});

test('pages go on by cursors, and back', async ({ page, tenant, receiver, signIn }) => {
  await tenant.makeEndpoint(receiver.url());
  const events = Array.from({ length: 60 }, (_, n) => ({ event: 'order.paid', eventId: `o-${n}`, data: n }));
  await tenant.post('events/batch', events);
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/deliveries?paused=true`);
  const rows = page.getByRole('table', { name: 'Deliveries' }).getByRole('row');
  await expect(rows).toHaveCount(51);
  await page.getByRole('button', { name: 'Older' }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(rows).toHaveCount(11);
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(rows).toHaveCount(51);
  await page.goBack();
  await expect(rows).toHaveCount(11);
});

test('what is new is told of, held back, and shown when somebody wants it', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  await tenant.makeEndpoint(receiver.url());
  await tenant.publish('order.paid', {}, { eventId: 'first' });
  await tenant.until<Page<Delivery>>(
    'deliveries?status=success',
    ({ items }) => items.length === 1,
    'delivered',
  );
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/deliveries?event=order.*`);
  const table = page.getByRole('table', { name: 'Deliveries' });
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(table).toContainText('first');

  await tenant.makeEndpoint(receiver.url('/other'), { events: ['user.>'] });
  await tenant.publish('user.other', {}, { eventId: 'other' });
  await tenant.publish('order.paid', {}, { eventId: 'second' });
  await expect(page.getByText('1 new or changed')).toBeVisible();
  await expect(table).not.toContainText('second');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(table).toContainText('second');
  await expect(page.getByText('new or changed')).toBeHidden();

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page).toHaveURL(/paused=true/);
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await tenant.publish('order.paid', {}, { eventId: 'third' });
  await tenant.until<Page<Delivery>>(
    'deliveries?status=success&event=order.paid',
    ({ items }) => items.length === 3,
    'delivered',
  );
  await expect(page.getByText('new or changed')).toBeHidden();
  await page.getByRole('button', { name: 'Follow again' }).click();
  await expect(page).not.toHaveURL(/paused/);
});

test('an id leads straight to what has it', async ({ page, tenant, receiver, signIn, quiet }) => {
  quiet.expect(/404/);
  await tenant.makeEndpoint(receiver.url());
  await tenant.publish('order.paid', {}, { eventId: 'mine/42?x' });
  const { items } = await tenant.until<Page<Delivery>>(
    'deliveries',
    ({ items }) => items.length === 1,
    'owed',
  );
  const delivery = items[0]?.id ?? '';
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/deliveries`);
  const field = page.getByRole('textbox', { name: 'Go to an id' });

  await field.fill('ä');
  await field.press('Enter');
  await expect(page.getByText('No id looks like this.')).toBeVisible();
  await field.fill(` ${delivery} `);
  await field.press('Enter');
  await expect(page).toHaveURL(`/t/${tenant.tenant}/deliveries/${delivery}`);
  await expect(page.getByRole('heading', { level: 1, name: 'order.paid' })).toBeFocused();

  await page.goto(`/t/${tenant.tenant}/deliveries`);
  await field.fill('mine/42?x');
  await page.getByRole('button', { name: 'Go there' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'order.paid' })).toBeVisible();
  await expect(page.getByText('mine/42?x', { exact: true })).toBeVisible();

  await page.goto(`/t/${tenant.tenant}/deliveries`);
  await field.fill('nobody-has-this');
  await field.press('Enter');
  await expect(page.getByRole('alert')).toContainText('The event could not be loaded');
});

test('a delivery: attempts, what was sent and answered, why it failed, and again', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  receiver.answer = { status: 401, body: '{"error":"who are you?"}' };
  await tenant.makeEndpoint(receiver.url('/hook'), { name: 'Billing', secret, ...RETRIES_LATE });
  await tenant.publish('order.paid', { note: "it's 5 o'clock" }, { eventId: 'order-7' });
  const { items } = await tenant.until<Page<Delivery>>(
    'deliveries?status=retrying',
    ({ items }) => items.length === 1,
    'it failed once',
  );
  const path = `deliveries/${items[0]?.id}`;
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/deliveries`);
  await page.getByRole('link', { name: 'order.paid' }).click();
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  await expect(page).toHaveTitle(/^Delivery of order\.paid/);
  await expect(page.getByRole('status').filter({ hasText: 'Retrying' })).toBeVisible();
  await expect(page.getByText(/^in 59:\d\d|^in 1:0\d:\d\d/).first()).toBeVisible();

  const attempt = page.getByRole('region', { name: 'Attempt 1' });
  await expect(attempt).toContainText('Answered 401: it wants to know who sends');
  await expect(attempt).toContainText(
    'What to do: Check that the receiver has this endpoint’s current signing secret',
  );
  await expect(attempt.getByRole('figure', { name: 'Request headers' })).toContainText(
    'webhook-signature: v1,',
  );
  const body = attempt.getByRole('figure', { name: 'Request body' });
  await expect(body).toContainText('"eventId": "order-7",');
  await body.getByText('Raw').click();
  await expect(body).toContainText('"eventId":"order-7"');
  await expect(attempt.getByRole('figure', { name: 'Response body' })).toContainText('who are you?');
  await axe(page);

  await attempt.getByText('Copy as curl').click();
  const curl = attempt.getByRole('figure', { name: 'Curl command' });
  await expect(curl).toContainText(`--url ${receiver.url('/hook')}`);
  await expect(curl).toContainText(`it'\\''s 5 o'\\''clock`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await curl.getByRole('button', { name: 'Copy: Curl command' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl --globoff/);

  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`));
  await attempt.getByText('Verify the signature', { exact: true }).click();
  const field = attempt.getByRole('textbox', { name: 'Signing secret' });
  await field.fill('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  await expect(attempt.getByText('Another secret made the signature')).toBeVisible();
  await field.fill(secret);
  await expect(attempt.getByText('This secret made the signature')).toBeVisible();
  const sent = receiver.received[0];
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${sent?.headers['webhook-id']}.${sent?.headers['webhook-timestamp']}.${sent?.body}`)
    .digest('base64');
  expect(sent?.headers['webhook-signature']).toBe(`v1,${mac}`);
  expect(asked.join('\n')).not.toContain(secret.slice(6));
  await axe(page);

  receiver.answer = { status: 204 };
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Delivered' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try now' })).toBeHidden();
  await expect(page.getByRole('region', { name: 'Attempt 2' })).toContainText('Succeeded · 204');
  expect(await tenant.get(path)).toMatchObject({ status: 'success', attemptCount: 2 });

  const attempts = page.getByRole('list', { name: /Attempts/ });
  await expect(attempts.getByRole('link', { name: /1\. Answered 401/ })).toContainText('then waited');
  await attempts.getByRole('link', { name: /1\. Answered 401/ }).click();
  await expect(page).toHaveURL(/attempt=1/);
  await expect(attempts.locator('[aria-current="true"]')).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole('region', { name: 'Attempt 1' })).toBeVisible();
});

test('a retry that is refused says why, and a viewer is offered none', async ({
  page,
  tenant,
  signIn,
  quiet,
}) => {
  quiet.expect(/409/);
  const endpoint = await tenant.makeEndpoint('http://127.0.0.1:18998/', { name: 'Nobody', maxRetries: 0 });
  await tenant.publish('order.paid', {});
  const { items } = await tenant.until<Page<Delivery>>(
    'dead-letters',
    ({ items }) => items.length === 1,
    'dead',
  );
  await tenant.patch(`webhooks/${endpoint.id}`, { status: 'disabled' });
  const path = `/t/${tenant.tenant}/deliveries/${items[0]?.id}`;
  const { key } = await tenant.makeKey('editor');
  await signIn(key, path);
  await expect(page.getByText('Given up: Attempts exhausted')).toBeVisible();
  await expect(page.getByText('The connection was refused')).toBeVisible();
  await expect(page.getByText('No response came.')).toBeVisible();
  await page.getByRole('button', { name: 'Retry' }).click();
  const refused = page.getByRole('alert').filter({ hasText: 'It was not retried' });
  await expect(refused).toContainText('Set its endpoint to active first.');
  expect(await tenant.get(`deliveries/${items[0]?.id}`)).toMatchObject({ status: 'dead', attemptCount: 1 });

  await page.getByRole('button', { name: 'Sign out' }).click();
  const viewer = await tenant.makeKey('viewer');
  await signIn(viewer.key, path);
  await expect(page.getByText('Given up: Attempts exhausted')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
});

test('a delivery that waits for a paused endpoint says so', async ({ page, tenant, receiver, signIn }) => {
  const endpoint = await tenant.makeEndpoint(receiver.url());
  await tenant.patch(`webhooks/${endpoint.id}`, { status: 'paused' });
  await tenant.publish('order.paid', {});
  const { items } = await tenant.until<Page<Delivery>>(
    'deliveries',
    ({ items }) => items.length === 1,
    'owed',
  );
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/deliveries/${items[0]?.id}`);
  await expect(page.getByText('Its endpoint is paused')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No attempt yet' })).toBeVisible();
  await tenant.patch(`webhooks/${endpoint.id}`, { status: 'active' });
  await expect(page.getByRole('status').filter({ hasText: 'Delivered' })).toBeVisible();
  await expect(page.getByText('Its endpoint is paused')).toBeHidden();
});

test('payloads that try to be something stay texts', async ({ page, tenant, receiver, signIn }) => {
  const hostile = '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>';
  receiver.answer = {
    status: 500,
    headers: { 'content-type': 'text/html', 'x-evil': '<b>bold</b>' },
    body: `${hostile}\u001b[2J\u001b]0;pwned\u0007\u202Egnp`,
  };
  await tenant.makeEndpoint(receiver.url('/"><script>'), { name: hostile.slice(0, 100), ...RETRIES_LATE });
  await tenant.publish(
    'order.paid',
    { hostile, filler: 'x'.repeat(400_000) },
    { eventId: '<script>x</script>' },
  );
  const { items } = await tenant.until<Page<Delivery>>(
    'deliveries?status=retrying',
    ({ items }) => items.length === 1,
    'it failed once',
  );
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/deliveries`);
  await expect(page.getByRole('table')).toContainText('<script>x</script>');
  await expect(page.getByRole('table')).toContainText('<img src=x');
  await page.goto(`/t/${tenant.tenant}/deliveries/${items[0]?.id}`);
  const answer = page.getByRole('figure', { name: 'Response body' });
  await expect(answer).toContainText('<img src=x onerror=');
  await expect(answer).toContainText('⟨U+001B⟩[2J⟨U+001B⟩]0;pwned⟨U+0007⟩⟨U+202E⟩gnp');
  await expect(page.getByText(/Only the beginning of the body is kept/)).toBeVisible();
  const body = page.getByRole('figure', { name: 'Request body' });
  await expect(body).toContainText('<script>document.title=');
  expect((await body.textContent())?.length).toBeLessThan(300_000);
  await page.getByText('Copy as curl').click();
  await expect(page.getByRole('figure', { name: 'Curl command' })).toContainText('--data-binary @body.txt');

  await page.goto(`/t/${tenant.tenant}/events/${encodeURIComponent('<script>x</script>')}`);
  const payload = page.getByRole('figure', { name: 'Payload' });
  await expect(payload).toContainText('<img src=x onerror=');
  await expect(payload.getByText(/^The first 262 kB of 400 kB/)).toBeVisible();
  await payload.getByRole('button', { name: 'Show all' }).click();
  await expect(payload.getByText(/^The first/)).toBeHidden();
  expect(await page.title()).not.toContain('pwned');
  expect(await page.locator('main img, main script').count()).toBe(0);
});

test('a payload whose time is over is said to be gone, and nothing of it is sent', async ({
  page,
  tenant,
  receiver,
  hookyard,
  signIn,
  quiet,
}) => {
  quiet.expect(/409/);
  receiver.answer = { status: 500 };
  await tenant.makeEndpoint(receiver.url(), { maxRetries: 0 });
  await tenant.publish('order.paid', { secret: 'marlin' }, { eventId: 'old' });
  const dead = await tenant.until<Page<Delivery>>(
    'dead-letters',
    ({ items }) => items.length === 1,
    'it is a dead letter',
  );
  await losePayloads(hookyard.database, tenant.tenant);
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/events/old`);
  await expect(page.getByRole('alert').filter({ hasText: 'The payload is gone' })).toBeVisible();
  await expect(page.getByText('marlin')).toHaveCount(0);
  await axe(page);

  await page.goto(`/t/${tenant.tenant}/deliveries/${dead.items[0]?.id}`);
  await expect(page.getByText('It was kept for its time and is gone.')).toBeVisible();
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  const refused = page.getByRole('alert').filter({ hasText: 'cannot be sent again' });
  await expect(refused).toBeVisible();
  await axe(page);
  expect(receiver.received).toHaveLength(1);
});
