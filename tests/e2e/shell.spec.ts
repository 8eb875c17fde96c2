import { axe } from './support/axe';
import { expect, test } from './support/test';

test('everything in the navigation is there, by the keyboard too', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('admin');
  await signIn(key);
  const main = page.getByRole('navigation', { name: 'Main' });
  const names = [
    'Overview',
    'Endpoints',
    'Events',
    'Deliveries',
    'Dead letters',
    'Event types',
    'Sources',
    'Keys',
    'Audit log',
  ];
  await expect(main.getByRole('link')).toHaveText(names);
  for (const name of names.slice(1)) {
    await main.getByRole('link', { name }).focus();
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { level: 1, name });
    await expect(heading).toBeFocused();
    await expect(page).toHaveTitle(`${name} · ${tenant.tenant} · Hookyard`);
    await expect(main.getByRole('link', { name })).toHaveAttribute('aria-current', 'page');
  }
});

test('who may only read is not offered keys and the audit log', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key);
  const main = page.getByRole('navigation', { name: 'Main' });
  await expect(main.getByRole('link')).toHaveText([
    'Overview',
    'Endpoints',
    'Events',
    'Deliveries',
    'Dead letters',
    'Event types',
    'Sources',
  ]);
});

test('the keyboard can skip to the content', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  // The hash that it left behind keeps nobody from the next page's heading.
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Events' })).toBeFocused();
});

test('the theme is switched and kept', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await page.emulateMedia({ colorScheme: 'dark' });
  await signIn(key);
  const scheme = (name: string) =>
    expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', name);
  const choose = (name: string) =>
    page.getByRole('radiogroup', { name: 'Theme' }).getByRole('img', { name }).click();
  await scheme('dark');
  await axe(page);
  await choose('Light');
  await scheme('light');
  await axe(page);
  await page.reload();
  await scheme('light');
  await choose('As the system');
  await scheme('dark');
});

test('an operator goes from tenant to tenant', async ({ page, hookyard, operator, tenant, signIn }) => {
  await operator.makeTenant(`${tenant.tenant}-b`, { name: 'Second yard' });
  await signIn(hookyard.key, `/t/${tenant.tenant}/endpoints?q=x`);
  const switcher = page.getByRole('combobox', { name: 'Tenant' });
  await expect(switcher).toHaveValue(`Tenant ${tenant.tenant} (${tenant.tenant})`);
  await switcher.click();
  await switcher.fill('second');
  await axe(page);
  await page.getByRole('option', { name: `Second yard (${tenant.tenant}-b)` }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}-b/endpoints`);
  await page.getByRole('link', { name: 'System' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'System' })).toBeVisible();
  await page.getByRole('link', { name: 'Hookyard: overview' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}-b/overview`);
});

test('a link to another tenant leads a tenant’s key to its own', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, '/t/demo/endpoints?status=failed');
  await expect(page).toHaveURL(`/t/${tenant.tenant}/endpoints?status=failed`);
});

test('addresses of nothing say so', async ({ page, hookyard, tenant, signIn, quiet }) => {
  quiet.expect(/404/);
  await signIn(hookyard.key, `/t/${tenant.tenant}/nothing`);
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  await axe(page);
  await page.goto('/t/nobody/endpoints');
  await expect(page.getByRole('heading', { level: 1, name: 'No such tenant' })).toBeVisible();
  await axe(page);
  await page.goto('/nothing/at/all');
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
});

test('on a phone the navigation opens and closes', async ({ page, tenant, signIn }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const { key } = await tenant.makeKey('admin');
  await signIn(key);
  const main = page.getByRole('navigation', { name: 'Main' });
  await expect(main).toHaveCount(0);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, globalThis.innerWidth]);
  expect(widths[0]).toBe(widths[1]);
  await axe(page);
  await page.getByRole('button', { name: 'Open the navigation' }).click();
  await expect(main.getByRole('radiogroup', { name: 'Theme' })).toBeVisible();
  await axe(page);
  await expect(page.getByRole('main')).toHaveAttribute('inert');
  await main.getByRole('link', { name: 'Keys' }).press('Escape');
  await expect(main).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Open the navigation' })).toBeFocused();
  await page.getByRole('button', { name: 'Open the navigation' }).click();
  await main.getByRole('link', { name: 'Keys' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
  await expect(main).toHaveCount(0);
});

test('asks nobody but Hookyard, and within its policy', async ({ page, hookyard, tenant, signIn }) => {
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).origin));
  const { key } = await tenant.makeKey('viewer');
  await signIn(key);
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  expect([...hosts]).toEqual([hookyard.url]);
});

test('says that Hookyard is away, and goes on when it is back', async ({
  page,
  hookyard,
  operator,
  tenant,
  signIn,
  quiet,
}) => {
  quiet.expect(/ERR_|Failed to load/);
  await operator.makeTenant(`${tenant.tenant}-b`, { name: 'Other yard' });
  await signIn(hookyard.key, `/t/${tenant.tenant}/sources`);
  const switcher = page.getByRole('combobox', { name: 'Tenant' });
  await switcher.click();
  await switcher.fill('other');
  const isAway = /\/(api|livez)/;
  await page.route(isAway, (route) => route.abort());
  await page.getByRole('option', { name: `Other yard (${tenant.tenant}-b)` }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'This page could not be loaded' })).toBeVisible();
  const notice = page.getByText('What is shown may be old.');
  await expect(notice).toBeVisible();
  await axe(page);
  const asked = page.waitForRequest('**/livez');
  await page.getByRole('button', { name: 'Ask now' }).click();
  await asked;
  await expect(notice).toBeVisible();
  await page.unroute(isAway);
  await expect(notice).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: 'Sources' })).toBeVisible();
  await expect(page).toHaveURL(`/t/${tenant.tenant}-b/sources`);
});

test('exact times are of here or in UTC, as chosen', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key);
  const times = page.getByRole('radiogroup', { name: 'Times' });
  await expect(times.getByRole('radio', { name: 'Local' })).toBeChecked();
  await times.getByText('UTC').click();
  await page.reload();
  await expect(times.getByRole('radio', { name: 'UTC' })).toBeChecked();
});
