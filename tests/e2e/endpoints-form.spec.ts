import { createHmac } from 'node:crypto';
import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Endpoint {
  id: string;
  name: string;
  url: string;
  kind: string;
  events: string[];
  maxRetries: number;
  retrySchedule: unknown;
  customHeaders: Record<string, string>;
  rateLimitEnabled: boolean;
  maxRequestsPerMinute: number;
  ordered: boolean;
  auth: string | null;
  secretHint: string;
  filter: unknown;
  template: string | null;
  autoDisableAfter: number | null;
}

test('creates an endpoint, shows its secret once, and that secret signs', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  await tenant.put('event-types/order.paid', { description: 'Paid', example: { id: 7 } });
  await tenant.put('event-types/order.refunded', { description: 'Refunded' });
  await tenant.put('event-types/member.created', { description: 'New' });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/new`);

  // Wrong things are said as one types, and again when one wants to save.
  const url = page.getByRole('textbox', { name: 'URL' });
  await url.fill('https://user:pass@example.com/hook');
  await expect(page.getByText('Leave user and password out of the URL')).toBeVisible();
  await url.fill('ftp://example.com/hook');
  await expect(page.getByText('Webhooks go over https; ftp is something else.')).toBeVisible();
  await page.getByRole('button', { name: 'Create the endpoint' }).click();
  const summary = page.getByRole('alert');
  await expect(summary).toContainText('2 fields are wrong');
  await axe(page);
  await summary.getByRole('button', { name: 'Events' }).click();
  const events = page.getByRole('combobox', { name: 'Events' });
  await expect(events).toBeFocused();
  await url.fill(receiver.url('/orders'));
  await expect(page.getByText('http is not encrypted.')).toBeVisible();

  await events.fill('order.*');
  await events.press('Enter');
  await expect(
    page.getByText('Matches 2 of 3 known event types: order.paid and order.refunded.'),
  ).toBeVisible();
  await events.fill('nobody.asked');
  await events.press('Enter');
  await expect(page.getByText('nobody.asked matches nothing that was published so far.')).toBeVisible();
  await events.press('Backspace');
  await events.fill('membe');
  await page.getByRole('option', { name: 'member.created' }).click();
  await expect(page.getByText(/Matches 3 of 3/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Shop');

  await page.getByRole('button', { name: 'Request' }).click();
  await page.getByRole('button', { name: 'Add a header' }).click();
  await page.getByRole('textbox', { name: 'Name of header 1' }).fill('X-Env');
  await page.getByRole('textbox', { name: 'Value of header 1' }).fill('prod');
  await page.getByRole('combobox', { name: 'Authorization' }).click();
  await page.getByRole('option', { name: 'Bearer token' }).click();
  await page.getByRole('textbox', { name: 'Token' }).fill('let-me-in');
  await page.getByRole('button', { name: 'Pace' }).click();
  await page.getByRole('radio', { name: /At most so many/ }).check();
  await page.getByRole('textbox', { name: 'Attempts a minute' }).fill('120');
  await page.getByRole('switch', { name: 'In the order of publishing' }).check({ force: true });
  await expect(page.getByText('What it costs:')).toBeVisible();
  await page.getByRole('button', { name: 'Retries' }).click();
  await page.getByRole('textbox', { name: 'Retries' }).fill('2');
  await page.getByRole('radio', { name: /Growing/ }).check();
  await page.getByRole('textbox', { name: 'First wait' }).fill('10s');
  const timeline = page.getByRole('figure', { name: 'When attempts are made' });
  await expect(timeline.getByRole('listitem')).toHaveText([
    'Attempt 1: at once',
    'Attempt 2: + 10 s',
    'Attempt 3: + 50 s',
  ]);
  await axe(page);
  await page.getByRole('button', { name: 'Create the endpoint' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Shop is there' })).toBeVisible();
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  expect(secret).toMatch(/^whsec_/);
  // A reload would take it away for good: the browser is to ask before.
  const asks = await page.evaluate(() => {
    const leaving = new Event('beforeunload', { cancelable: true });
    globalThis.dispatchEvent(leaving);
    return leaving.defaultPrevented;
  });
  expect(asks).toBe(true);
  await axe(page);
  const [made] = await tenant.all<Endpoint>('webhooks');
  expect(made).toMatchObject({
    name: 'Shop',
    url: receiver.url('/orders'),
    kind: 'http',
    events: ['order.*', 'member.created'],
    customHeaders: { 'X-Env': 'prod' },
    auth: 'bearer',
    rateLimitEnabled: true,
    maxRequestsPerMinute: 120,
    ordered: true,
    maxRetries: 2,
    retrySchedule: { initial: '10s', factor: 4, max: '10h', jitter: 0.2 },
    secretHint: secret.slice(-4),
  });
  await page.getByRole('tab', { name: 'Python' }).click();
  await expect(page.getByText('def is_real')).toBeVisible();

  await page.getByRole('link', { name: 'Send a test' }).click();
  await page.getByRole('button', { name: 'Send the test' }).click();
  await expect(page.getByText('Status 200')).toBeVisible();
  const got = receiver.received.at(-1);
  const signed = `${got?.headers['webhook-id']}.${got?.headers['webhook-timestamp']}.${got?.body}`;
  const expected = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(signed)
    .digest('base64');
  expect(got?.headers['webhook-signature']).toBe(`v1,${expected}`);
  expect(got?.headers.authorization).toBe('Bearer let-me-in');
  await expect(page.locator('body')).not.toContainText(secret);
});

test('puts the answers of the API at their fields', async ({ page, tenant, quiet, signIn }) => {
  quiet.expect(/422/);
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/new`);
  await page.getByRole('textbox', { name: 'URL' }).fill('http://10.1.2.3/hook');
  await page.getByRole('combobox', { name: 'Events' }).fill('order.*,');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByRole('textbox', { name: 'Filter' }).fill('{"amount": [100]}');
  await page.getByRole('button', { name: 'Request' }).click();
  await page.getByRole('button', { name: 'Add a header' }).click();
  await page.getByRole('textbox', { name: 'Name of header 1' }).fill('Host');
  await page.getByRole('textbox', { name: 'Value of header 1' }).fill('elsewhere');
  await page.getByRole('button', { name: 'Request' }).click();
  await page.getByRole('button', { name: 'Create the endpoint' }).click();
  await expect(page.getByRole('alert')).toContainText('3 fields are wrong');
  await expect(page.getByRole('textbox', { name: 'URL' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByRole('textbox', { name: 'Filter' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText('Host: it is set from the URL: leave it out').first()).toBeVisible();
  await page.getByRole('textbox', { name: 'Filter' }).fill('');
  await expect(page.getByRole('alert')).toContainText('2 fields are wrong');
  expect(await tenant.all('webhooks')).toEqual([]);
});

test('recognises a Discord URL and shows the message as one types', async ({
  page,
  tenant,
  quiet,
  signIn,
}) => {
  quiet.expect(/422/);
  await tenant.put('event-types/member.created', {
    example: { name: '<img src=x onerror=alert(1)>', role: 'editor' },
  });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/new`);
  await page.getByRole('textbox', { name: 'URL' }).fill('https://discord.com/api/webhooks/1234567890/abcdef');
  await page.getByRole('button', { name: 'Send Discord messages' }).click();
  await page.getByRole('combobox', { name: 'Events' }).fill('member.created');
  await page.getByRole('combobox', { name: 'Events' }).press('Enter');
  const message = page.getByRole('region', { name: 'The message' });
  await expect(message).toContainText('New member');
  await expect(message).toContainText('Role');
  const template = page.getByRole('textbox', { name: 'Template', exact: true });
  await template.fill('Welcome, {{ data.role | upper }}!');
  await expect(message).toHaveText('Welcome, EDITOR!');
  await template.fill('Welcome, {{ data.role | uper }}!');
  await expect(page.getByText('there is no filter "uper"')).toBeVisible();
  await axe(page);
  await template.fill('Welcome, {{ data.name }}!');
  await expect(message).toContainText('img src=x');
  expect(await page.locator('img').count()).toBe(0);
  await page.getByRole('button', { name: 'Create the endpoint' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'discord.com is there' })).toBeVisible();
  await expect(page.getByTestId('secret')).toHaveCount(0);
  expect(await tenant.all<Endpoint>('webhooks')).toMatchObject([
    { kind: 'discord', template: 'Welcome, {{ data.name }}!', events: ['member.created'] },
  ]);
});

test('sends only what changed, and nothing over the change of somebody else', async ({
  page,
  tenant,
  receiver,
  quiet,
  signIn,
}) => {
  quiet.expect(/412/);
  const { id } = await tenant.makeEndpoint(receiver.url());
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=settings`);
  const save = page.getByRole('button', { name: 'Save' });
  await expect(save).toBeDisabled();
  await page.getByRole('textbox', { name: 'Name' }).fill('Renamed');
  await page.getByRole('radio', { name: 'Never' }).check();
  await expect(page.getByText('Changed: Name and Failed attempts in a row.')).toBeVisible();
  const asked = page.waitForRequest((request) => request.method() === 'PATCH');
  await save.click();
  expect((await asked).postDataJSON()).toEqual({ name: 'Renamed', autoDisableAfter: null });
  expect((await asked).headers()['if-match']).toMatch(/^"/);
  await expect(page.getByRole('heading', { level: 1, name: 'Renamed' })).toBeVisible();
  expect(await tenant.get<Endpoint>(`webhooks/${id}`)).toMatchObject({
    name: 'Renamed',
    autoDisableAfter: null,
  });

  await page.getByRole('textbox', { name: 'Retries' }).fill('5');
  await tenant.patch(`webhooks/${id}`, { name: 'Theirs' });
  await save.click();
  const notice = page.getByRole('alert').filter({ hasText: 'Someone else changed it meanwhile' });
  await expect(notice).toContainText('You wanted to change Retries');
  expect((await tenant.get<Endpoint>(`webhooks/${id}`)).maxRetries).toBe(3);
  await axe(page);
  await notice.getByRole('button', { name: 'Put my changes on theirs' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Theirs');
  await expect(page.getByRole('textbox', { name: 'Retries' })).toHaveValue('5');
  await save.click();
  await expect(page.getByText('Nothing is changed.')).toBeVisible();
  expect(await tenant.get<Endpoint>(`webhooks/${id}`)).toMatchObject({ name: 'Theirs', maxRetries: 5 });

  // What is typed is not lost without asking.
  await page.getByRole('textbox', { name: 'Name' }).fill('Half');
  await page.getByRole('link', { name: 'Endpoints' }).first().click();
  const leave = page.getByRole('dialog', { name: 'Leave without saving?' });
  await leave.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Half');
  await page.getByRole('link', { name: 'Endpoints' }).first().click();
  await leave.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Endpoints' })).toBeVisible();
});

test('tries events on the filter', async ({ page, tenant, receiver, signIn, quiet }) => {
  quiet.expect(/422/);
  const filter = { 'data.amount': [{ numeric: ['>', 100] }] };
  const { id } = await tenant.makeEndpoint(receiver.url(), { filter });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/endpoints/${id}?tab=settings`);
  const data = page.getByRole('textbox', { name: 'Data' }).first();
  await data.fill('{"amount": 100.01}');
  await page.getByRole('button', { name: 'Would it come here?' }).click();
  await expect(page.getByText('It matches')).toBeVisible();
  await data.fill('{"amount": 100}');
  await page.getByRole('button', { name: 'Would it come here?' }).click();
  await expect(page.getByText('It does not match')).toBeVisible();
  await expect(page.getByText('The filter does not let it through.')).toBeVisible();
  await expect(page.getByRole('row', { name: /data\.amount.*100.*no/ })).toBeVisible();
  await data.fill('{"amount": ');
  await expect(page.getByRole('button', { name: 'Would it come here?' })).toBeDisabled();
  await page.getByRole('textbox', { name: 'Filter' }).fill('{"data.amount": [{"numeric": [">", 50]}]}');
  await expect(page.getByText('It does not match')).toBeHidden();
  await data.fill('{"amount": 60}');
  await page.getByRole('button', { name: 'Would it come here?' }).click();
  await expect(page.getByText('It matches')).toBeVisible();
  expect((await tenant.get<Endpoint>(`webhooks/${id}`)).filter).toEqual(filter);
  await page.getByRole('textbox', { name: 'Filter' }).fill('{"data.amount": [{"numeric": ["over", 50]}]}');
  await page.getByRole('button', { name: 'Would it come here?' }).click();
  await expect(page.getByText('It could not be tried')).toBeVisible();
  await axe(page);
});
