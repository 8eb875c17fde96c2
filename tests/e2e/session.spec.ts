import { axe } from './support/axe';
import { expect, test } from './support/test';

test('signs in, switches the theme, and signs out', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in to Hookyard' })).toBeVisible();
  await expect(page).toHaveTitle('Sign in · Hookyard');
  await axe(page);

  await signIn(key);
  await expect(page).toHaveURL(`/t/${tenant.tenant}/overview`);
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await expect(page).toHaveTitle(`Overview · ${tenant.tenant} · Hookyard`);

  await page.getByRole('radiogroup', { name: 'Theme' }).getByRole('img', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await axe(page);
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByRole('radiogroup', { name: 'Theme' }).getByRole('img', { name: 'Light' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
  await axe(page);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in to Hookyard' })).toBeVisible();
});
