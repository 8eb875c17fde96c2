import type { Page } from '@playwright/test';
import { axe } from './support/axe';
import { expect, test } from './support/test';

/** On the sign-in page where one is already. */
async function signInHere(page: Page, key: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const KEPT = () => sessionStorage.getItem('hookyard.key');

test('signs in and out', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in to Hookyard' })).toBeVisible();
  await expect(page).toHaveTitle('Sign in · Hookyard');
  await axe(page);

  await signIn(key);
  await expect(page).toHaveURL(`/t/${tenant.tenant}/overview`);
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await expect(page).toHaveTitle(`Overview · ${tenant.tenant} · Hookyard`);
  expect(await page.evaluate(KEPT)).toBe(key);
  expect(await page.evaluate(() => [document.cookie, ...Object.values(localStorage)].join())).not.toContain(
    key,
  );
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();

  await page.getByRole('link', { name: 'Endpoints' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/endpoints`);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
  await expect(page).toHaveURL('/sign-in');
  expect(await page.evaluate(KEPT)).toBeNull();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in to Hookyard' })).toBeVisible();
});

test('a wrong key is refused in words, and the right one goes to where the link led', async ({
  page,
  tenant,
  quiet,
}) => {
  quiet.expect(/401/);
  const { key } = await tenant.makeKey('editor');
  await page.goto(`/t/${tenant.tenant}/deliveries?status=dead`);
  const field = page.getByRole('textbox', { name: 'Key' });
  const submit = page.getByRole('button', { name: 'Sign in' });

  await submit.click();
  await expect(field).toHaveAccessibleDescription(/Paste a key/);
  await field.fill('two words');
  await submit.click();
  await expect(field).toHaveAccessibleDescription(/no spaces/);
  await field.fill('hy_this_is_no_key_of_anybody_here_at_all');
  await submit.click();
  await expect(field).toHaveAccessibleDescription(/not known here/);
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await axe(page);

  await expect(field).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show the key' }).click();
  await expect(field).toHaveAttribute('type', 'text');

  await field.fill(`  ${key} `);
  await field.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Deliveries' })).toBeVisible();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/deliveries?status=dead`);
});

test('says where keys are', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByText('Where do I find a key?').click();
  await expect(page.getByText('hookyard keys create --role admin')).toBeVisible();
  await axe(page);
});

test('a key that is deleted meanwhile leads to the sign-in, and back', async ({
  page,
  tenant,
  signIn,
  quiet,
}) => {
  quiet.expect(/401/);
  const { key, id } = await tenant.makeKey('viewer');
  const other = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  await tenant.delete(`keys/${id}`);
  await page.reload();
  await expect(page.getByText('your key is not accepted any more')).toBeVisible();
  expect(await page.evaluate(KEPT)).toBeNull();
  await signInHere(page, other.key);
  await expect(page).toHaveURL(`/t/${tenant.tenant}/sources`);
});

test('a key that is refused in the middle of things leads to the sign-in too', async ({
  page,
  operator,
  tenant,
  signIn,
  quiet,
}) => {
  quiet.expect(/401/);
  await operator.makeTenant(`${tenant.tenant}-b`, { name: 'Next yard' });
  const { key, id } = await operator.makeKey('operator');
  await signIn(key, `/t/${tenant.tenant}/events`);
  const switcher = page.getByRole('combobox', { name: 'Tenant' });
  await switcher.click();
  await switcher.fill('next');
  await operator.delete(`keys/${id}`);
  await page.getByRole('option', { name: `Next yard (${tenant.tenant}-b)` }).click();
  await expect(page.getByText('your key is not accepted any more')).toBeVisible();
  await signInHere(page, (await operator.makeKey('operator')).key);
  await expect(page).toHaveURL(`/t/${tenant.tenant}-b/events`);
});

test('a sign-in leads to no other site', async ({ page, tenant, hookyard }) => {
  const { key } = await tenant.makeKey('viewer');
  await page.goto('/sign-in?to=//example.com/');
  await signInHere(page, key);
  await expect(page).toHaveURL(`${hookyard.url}/t/${tenant.tenant}/overview`);
});

test('a producer’s key is told kindly that it reads nothing, and led to what it may', async ({
  page,
  tenant,
  signIn,
}) => {
  const { key } = await tenant.makeKey('producer');
  await signIn(key, `/t/${tenant.tenant}/deliveries`);
  await expect(page.getByRole('heading', { level: 1, name: 'This key only publishes' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveText([
    'Publish an event',
  ]);
  await axe(page);
  await page.getByRole('main').getByRole('link', { name: 'Publish an event' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Publish an event' })).toBeFocused();
});

test('a Hookyard that is older than its dashboard is told plainly', async ({ page, quiet }) => {
  quiet.expect(/404/);
  await page.route('**/api/v1/whoami', (route) =>
    route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{}' }),
  );
  await page.goto('/sign-in');
  await signInHere(page, 'hy_whatever');
  await expect(page.getByText('This Hookyard is older than its dashboard')).toBeVisible();
});

test('a Hookyard that is away at the start is asked again', async ({ page, tenant, signIn, quiet }) => {
  quiet.expect(/ERR_|Failed to load/);
  const { key } = await tenant.makeKey('viewer');
  await signIn(key);
  await page.route('**/api/v1/whoami', (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Hookyard could not be asked' })).toBeVisible();
  await axe(page);
  await page.unroute('**/api/v1/whoami');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});
