import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Event {
  id: string;
  eventId: string;
  deliverAt: string | null;
  cancelledAt: string | null;
}

interface Page<Item> {
  items: Item[];
}

test('publishes an event: checked as typed, sent as written, and told of when it was there before', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  await tenant.makeEndpoint(receiver.url(), { events: ['order.>'] });
  await tenant.put('event-types/order.paid', { description: 'Paid in full.', example: { order: 42 } });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/events`);
  await expect(page.getByRole('heading', { name: 'No event was published yet' })).toBeVisible();
  await axe(page);
  await page.getByRole('link', { name: 'Publish an event' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/publish`);

  const type = page.getByRole('combobox', { name: 'Event type' });
  const payload = page.getByRole('textbox', { name: 'Payload' });
  const submit = page.getByRole('button', { name: 'Publish', exact: true });
  await submit.click();
  await expect(type).toHaveAccessibleDescription(/Say what happened/);
  await expect(type).toBeFocused();
  await type.fill('order');
  await page.getByRole('option', { name: 'order.paid' }).click();
  await expect(payload).toHaveValue('{\n  "order": 42\n}');
  await expect(type).toHaveAccessibleDescription(/Paid in full/);

  await payload.fill('{\n  "big": 12345678901234567890,\n  "oops"\n}');
  await expect(payload).toHaveAccessibleDescription(/line 4, column 1/);
  await submit.click();
  await expect(payload).toBeFocused();
  await expect(payload).toHaveAttribute('aria-invalid', 'true');
  await payload.blur();
  await expect(page.getByText('This is no JSON: look at line 4, column 1.')).toBeVisible();
  await axe(page);
  await payload.fill('{"big": 12345678901234567890}');
  await page.getByRole('textbox', { name: 'Event id' }).fill('order-42-paid');
  await page.getByRole('combobox', { name: 'Channels' }).fill('emea');
  await page.getByRole('combobox', { name: 'Channels' }).press('Enter');
  await submit.click();
  await expect(page.getByRole('status').filter({ hasText: 'The event is accepted' })).toBeVisible();

  await page.getByRole('link', { name: 'See the event' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'order.paid' })).toBeFocused();
  await expect(page.getByRole('figure', { name: 'Payload' })).toContainText('12345678901234567890');
  await expect(page.getByText('emea')).toBeVisible();
  await expect(page.getByRole('table', { name: 'Deliveries of this event' })).toContainText('Delivered');
  await axe(page);
  expect(receiver.received[0]?.body).toContain('"data":{"big": 12345678901234567890}');

  await page.getByRole('link', { name: 'Publish another' }).click();
  await expect(type).toHaveValue('order.paid');
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(payload).toHaveValue('{\n  "order": 42\n}');
  await page.getByRole('textbox', { name: 'Event id' }).fill('order-42-paid');
  await submit.click();
  await expect(page.getByRole('status').filter({ hasText: 'It was published before' })).toBeVisible();
  expect((await tenant.get<Page<Event>>('events')).items).toHaveLength(1);
});

test('what the API refuses stands at its field, and what it cannot do is told', async ({
  page,
  tenant,
  signIn,
  quiet,
}) => {
  quiet.expect(/4\d\d|ERR_FAILED/);
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/publish?event=order.paid`);
  const submit = page.getByRole('button', { name: 'Schedule' });
  const deliverAt = page.getByLabel('Deliver at (local time)');
  // Half an instant is not taken for none.
  await deliverAt.focus();
  await page.keyboard.type('12');
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.getByText('Fill in the date and the time, or clear both.')).toBeVisible();
  await expect(deliverAt).toBeFocused();
  expect((await tenant.get<Page<Event>>('events')).items).toHaveLength(0);
  await deliverAt.fill('2090-01-02T03:04:05');
  await deliverAt.blur();
  await submit.click();
  await expect(deliverAt).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByRole('alert')).toContainText('The event was not published');
  expect((await tenant.get<Page<Event>>('events?scheduled=true')).items).toHaveLength(0);

  await deliverAt.fill('');
  await deliverAt.blur();
  await page.route('**/api/v1/events', (route) => route.abort());
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.getByRole('alert', { name: 'The event was not published' })).toContainText(
    'Hookyard cannot be reached',
  );
  await page.unroute('**/api/v1/events');
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The event is accepted' })).toBeVisible();
  expect((await tenant.get<Page<Event>>('events')).items).toHaveLength(1);
});

test('a scheduled event waits, is found, and is cancelled', async ({ page, tenant, receiver, signIn }) => {
  await tenant.makeEndpoint(receiver.url());
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/publish?event=order.reminder`);
  const at = new Date(Date.now() + 5 * 24 * 3600 * 1000).toISOString().slice(0, 19);
  await page.getByRole('radiogroup', { name: 'Times' }).getByText('UTC').click();
  await page.getByLabel('Deliver at (UTC)').fill(at);
  await page.getByLabel('Deliver at (UTC)').blur();
  await page.getByRole('button', { name: 'Schedule' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'accepted' })).toBeVisible();
  const { items } = await tenant.get<Page<Event>>('events?scheduled=true');
  expect(items[0]?.deliverAt).toBe(`${at}.000Z`);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Events' }).click();
  await page.getByRole('radiogroup', { name: 'Which events' }).getByText('Scheduled').click();
  await expect(page).toHaveURL(/\?scheduled=true$/);
  const table = page.getByRole('table', { name: 'Scheduled events' });
  await expect(table).toContainText('order.reminder');
  await expect(table).toContainText('in 4 days');
  await axe(page);
  await page.getByRole('link', { name: 'order.reminder' }).click();
  await expect(page.getByText('Nobody yet')).toBeVisible();

  await page.getByRole('button', { name: 'Cancel the event' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this order.reminder?' });
  await expect(dialog).toContainText('It is never sent to any endpoint.');
  await axe(page);
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Cancel the event' })).toBeFocused();
  await page.getByRole('button', { name: 'Cancel the event' }).click();
  await dialog.getByRole('button', { name: 'Cancel the event' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Cancelled' })).toBeVisible();
  await expect(page.getByText('It was deleted when the event was cancelled.')).toBeVisible();
  expect(await tenant.get(`events/${items[0]?.id}`)).toMatchObject({ cancelledAt: expect.any(String) });
  expect(receiver.received).toHaveLength(0);
});

test('says who got an event, who did not, and why', async ({ page, tenant, receiver, signIn }) => {
  const url = receiver.url();
  await tenant.makeEndpoint(url, { name: 'Gets it' });
  await tenant.makeEndpoint(url, { name: 'Other types', events: ['user.>'] });
  await tenant.makeEndpoint(url, { name: 'Other channel', channels: ['emea'] });
  await tenant.makeEndpoint(url, {
    name: 'Filters',
    filter: { 'data.amount': [{ numeric: ['>', 100] }], 'data.currency': ['EUR'] },
  });
  const off = await tenant.makeEndpoint(url, { name: 'Is off' });
  await tenant.patch(`webhooks/${off.id}`, { status: 'disabled' });
  const { eventId } = await tenant.publish('order.paid', { amount: 5, currency: 'EUR' });
  await tenant.until<Page<unknown>>(
    'deliveries?status=success',
    ({ items }) => items.length === 1,
    'delivered',
  );
  await tenant.makeEndpoint(url, { name: 'Came later' });

  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/events/${eventId}`);
  const got = page.getByRole('table', { name: 'Deliveries of this event' });
  await expect(got.getByRole('row')).toHaveCount(2);
  await expect(got).toContainText('Gets it');
  await expect(page.getByRole('link', { name: 'Publish another' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Who did not get it, and why?' }).click();
  const others = page.getByRole('table', { name: 'Endpoints that did not get it' });
  await expect(others.getByRole('row')).toHaveCount(6);
  const why = (name: string) => others.getByRole('row').filter({ hasText: name });
  await expect(why('Other types')).toContainText('It is not subscribed: order.paid is none of user.>.');
  await expect(why('Other channel')).toContainText(
    'It wants events of the channels emea; this one names none.',
  );
  await expect(why('Filters')).toContainText(
    'Its filter does not let the event through, because of data.amount.',
  );
  await expect(why('Is off')).toContainText('It is disabled');
  await expect(why('Came later')).toContainText('It was made after the event.');
  await axe(page);

  await got.getByRole('link', { name: 'Gets it' }).click();
  await expect(page).toHaveURL(/\/deliveries\/dlv_/);
});

test('events are found by type and time, with the filters in the address', async ({
  page,
  tenant,
  signIn,
}) => {
  for (const type of ['order.paid', 'order.shipped', 'user.signed_up']) await tenant.publish(type, {});
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/events?event=order.*&range=24h`);
  const table = page.getByRole('table', { name: 'Events' });
  await expect(table.getByRole('row')).toHaveCount(3);
  await expect(table).not.toContainText('user.signed_up');
  await expect(page.getByRole('combobox', { name: 'Event type' })).toHaveValue('order.*');
  await page.getByRole('button', { name: 'Clear: Event type' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/events?range=24h`);
  await expect(table.getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('link', { name: 'Publish an event' })).toHaveCount(0);
  await tenant.publish('user.later', {});
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(table).toContainText('user.later');
});

test('a viewer who follows a link to publish is told why not', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/publish`);
  await expect(page.getByRole('heading', { name: 'Your key may not publish events' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Publish' })).toHaveCount(0);
});

test('a producer publishes, asks for nothing that it may not read, and is led nowhere else', async ({
  page,
  tenant,
  signIn,
}) => {
  await tenant.put('event-types/order.paid', { description: 'Paid in full.', example: { order: 42 } });
  const asked = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) asked.add(`${request.method()} ${pathname}`);
  });
  const { key } = await tenant.makeKey('producer', { name: 'by hand' });
  await signIn(key);
  await expect(page).toHaveURL(`/t/${tenant.tenant}/publish`);
  await expect(page.getByText('“by hand” is a producer’s key')).toBeVisible();
  await axe(page);

  const type = page.getByRole('combobox', { name: 'Event type' });
  const submit = page.getByRole('button', { name: 'Publish', exact: true });
  const publish = async (eventId: string) => {
    await page.getByRole('textbox', { name: 'Event id' }).fill(eventId);
    await submit.click();
  };
  await type.fill('order.paid');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"order": 42}');
  await publish('order-42-paid');
  const accepted = page.getByRole('status').filter({ hasText: 'The event is accepted' });
  await expect(accepted).toContainText('Its id is order-42-paid.');
  await expect(accepted).toBeFocused();
  await axe(page);

  await page.getByRole('button', { name: 'Publish another' }).click();
  await expect(type).toBeFocused();
  await publish('order-42-paid');
  const before = page.getByRole('status').filter({ hasText: 'It was published before' });
  await expect(before).toContainText('Its id is order-42-paid.');
  await expect(page.getByRole('main').getByRole('link')).toHaveCount(0);
  expect([...asked].sort()).toEqual(['GET /api/v1/whoami', 'POST /api/v1/events']);
  expect((await tenant.get<Page<Event>>('events')).items).toMatchObject([{ eventId: 'order-42-paid' }]);
});
