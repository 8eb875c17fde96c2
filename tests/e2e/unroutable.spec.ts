import { axe } from './support/axe';
import { publishNats } from './support/nats';
import { expect, test } from './support/test';

test('shows what could not be mapped, why, and a payload that does nothing', async ({
  page,
  tenant,
  hookyard,
  signIn,
}) => {
  const payload = `{"html": "<img src=x onerror=alert(1)>", "ansi": "\\u001b[31m"}`;
  await publishNats(hookyard.nats, `events.${tenant.tenant}`, payload);
  await tenant.until('unroutable', ({ items }: { items: unknown[] }) => items.length === 1, 'unroutable');
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/sources`);
  await page.getByRole('link', { name: 'unroutable' }).click();
  await expect(
    page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sources' }),
  ).toHaveAttribute('aria-current', 'true');
  const row = page.getByRole('row').filter({ hasText: `events.${tenant.tenant}` });
  await expect(row).toContainText('the subject is not events.<tenant>.<event type>');
  await axe(page);
  await row.getByRole('button', { name: /^Payload of/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('figure', { name: 'Payload' })).toContainText('<img src=x onerror=alert(1)>');
  await expect(page.locator('img[src="x"]')).toHaveCount(0);
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(row.getByRole('button', { name: /^Payload of/ })).toBeFocused();
});

test('an operator sees what is of no tenant', async ({ page, tenant, operator, hookyard, signIn }) => {
  const subject = `events.NOBODY-${tenant.tenant}.order.paid`;
  await publishNats(hookyard.nats, subject, '{}');
  await operator.until(
    'unroutable',
    ({ items }: { items: { subject: string }[] }) => items.some((one) => one.subject === subject),
    'unroutable',
  );
  await signIn(hookyard.key, `/t/${tenant.tenant}/unroutable`);
  await expect(page.getByRole('heading', { name: 'Everything that came could be mapped' })).toBeVisible();
  await page
    .getByRole('radiogroup', { name: 'What could not be mapped of' })
    .getByText('Whole instance')
    .click();
  await expect(page.getByRole('row').filter({ hasText: subject })).toContainText('none');
});
