import { createHmac } from 'node:crypto';
import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Source {
  id: string;
  name: string;
  kind: string;
  url: string;
  perMinute: number;
  hmac: unknown;
  secretHint: string;
}

async function post(
  url: string,
  secret: string,
  body: string,
  headers: Record<string, string>,
): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'X-Hub-Signature-256': `sha256=${signature}`, ...headers },
  });
  return answer.status;
}

test('makes a source for GitHub, whose webhooks become events', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  await expect(page.getByRole('heading', { name: 'No source yet' })).toBeVisible();
  await axe(page);
  await page.getByRole('button', { name: 'Make a source' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the source' }).click();
  await expect(dialog.getByText('Say who sends here.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Our repositories');
  await axe(page);
  await dialog.getByRole('button', { name: 'Make the source' }).click();
  await expect(dialog).toContainText('Settings → Webhooks → Add webhook');
  await axe(page);
  const url = (await dialog.getByRole('figure', { name: 'URL of the source' }).textContent())?.trim() ?? '';
  const secret = (await dialog.getByRole('figure', { name: 'The secret' }).textContent())?.trim() ?? '';

  const body = '{"ref":"refs/heads/main"}';
  const headers = { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': `of-${tenant.tenant}` };
  expect(await post(url, secret, body, headers)).toBe(202);
  expect(await post(url, 'another-secret-of-somebody', body, headers)).toBe(401);
  await tenant.until(
    'events',
    ({ items }: { items: { event: string }[] }) => items[0]?.event === 'github.push',
    'an event',
  );

  await dialog.getByRole('button', { name: 'I have copied both' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Our repositories' })).toContainText('GitHub');
  await expect(page.getByText(secret)).toHaveCount(0);
});

test('makes one that signs with an HMAC, and says what is missing', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  await page.getByRole('button', { name: 'Make a source' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Signed with an HMAC' }).check();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Shop');
  await dialog.getByRole('button', { name: 'Make the source' }).click();
  await expect(dialog.getByText('The name of the header that has the signature')).toBeVisible();
  await expect(dialog.getByText('Say where the type is')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Header of the signature' }).fill('X-Shop-Hmac');
  await dialog.getByRole('combobox', { name: 'The event’s type' }).click();
  await page.getByRole('option', { name: 'In a header' }).click();
  await dialog.getByRole('textbox', { name: 'Which header' }).fill('X-Shop-Topic');
  await dialog.getByRole('combobox', { name: 'The sender’s id of the event' }).click();
  await page.getByRole('option', { name: 'In the body' }).click();
  await dialog.getByRole('textbox', { name: 'Where in the body' }).fill('/order/id');
  await axe(page);
  await dialog.getByRole('button', { name: 'Make the source' }).click();
  await dialog.getByRole('button', { name: 'I have copied both' }).click();
  const [source] = await tenant.all<Source>('sources');
  expect(source).toMatchObject({
    kind: 'generic-hmac',
    hmac: {
      header: 'X-Shop-Hmac',
      encoding: 'hex',
      prefix: '',
      type: { header: 'X-Shop-Topic' },
      fallbackType: null,
      id: { pointer: '/order/id' },
    },
  });
});

test('changes, rotates and deletes a source', async ({ page, tenant, hookyard, signIn }) => {
  const made = await tenant.post<Source & { secret: string }>('sources', {
    kind: 'github',
    name: 'Repositories',
  });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  const dialog = page.getByRole('dialog');
  const choose = async (name: string) => {
    await page.getByRole('button', { name: /^What to do with/ }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await choose('Change');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('All repositories');
  await dialog.getByRole('textbox', { name: 'Requests a minute' }).fill('7');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'All repositories' })).toBeVisible();
  expect(await tenant.get(`sources/${made.id}`)).toMatchObject({ name: 'All repositories', perMinute: 7 });

  await choose('What to paste where');
  await expect(dialog).toContainText('The secret was shown once');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('button', { name: /^What to do with/ })).toBeFocused();

  await choose('Rotate the secret');
  await dialog.getByRole('combobox', { name: 'Take the former one for another' }).click();
  await page.getByRole('option', { name: /^Not at all/ }).click();
  await axe(page);
  await dialog.getByRole('button', { name: 'Rotate the secret' }).click();
  const secret = (await dialog.getByRole('figure', { name: 'The secret' }).textContent())?.trim() ?? '';
  await dialog.getByRole('button', { name: 'I have copied both' }).click();
  const url = new URL(new URL(made.url, hookyard.api).pathname, hookyard.api).href;
  const headers = { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': `rotated-${tenant.tenant}` };
  expect(await post(url, made.secret, '{"a":1}', headers)).toBe(401);
  expect(await post(url, secret, '{"a":1}', headers)).toBe(202);

  await choose('Delete');
  await expect(dialog).toContainText('is answered 404');
  await dialog.getByRole('button', { name: 'Delete the source' }).click();
  await expect(page.getByRole('heading', { name: 'No source yet' })).toBeVisible();
  expect(await tenant.all('sources')).toEqual([]);
});

test('a viewer sees sources and no buttons', async ({ page, tenant, signIn }) => {
  await tenant.post('sources', { kind: 'github', name: 'Repositories' });
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  await expect(page.getByRole('row').filter({ hasText: 'Repositories' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Make a source|What to do/ })).toHaveCount(0);
});
