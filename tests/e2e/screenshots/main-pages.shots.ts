import { fileURLToPath } from 'node:url';
import { expect, test } from '../support/test';

const FOLDER = fileURLToPath(new URL('../../../docs/dashboard', import.meta.url));

/** By name of the file: where it is below the tenant, and the heading that says it is there. */
const PAGES = [
  { name: 'overview', path: 'overview', heading: 'Overview' },
  { name: 'endpoints', path: 'endpoints', heading: 'Endpoints' },
  { name: 'deliveries', path: 'deliveries', heading: 'Deliveries' },
  { name: 'dead-letters', path: 'dead-letters', heading: 'Dead letters' },
] as const;

for (const theme of ['light', 'dark'] as const) {
  test(`the main pages, ${theme}`, async ({ page, tenant, receiver, signIn }) => {
    const orders = await tenant.makeEndpoint(receiver.url('/orders'), { name: 'Orders' });
    await tenant.makeEndpoint(receiver.url('/warehouse'), { name: 'Warehouse', events: ['order.shipped'] });
    const billing = await tenant.makeEndpoint(receiver.url('/billing'), {
      name: 'Billing',
      events: ['invoice.*'],
      maxRetries: 0,
    });
    for (let number = 1; number <= 12; number++) {
      await tenant.publish(number % 3 === 0 ? 'order.shipped' : 'order.created', { id: number });
    }
    const isDone = ({ successCount }: { successCount: number }) => successCount === 12;
    await tenant.until(`webhooks/${orders.id}`, isDone, 'the orders are delivered');
    receiver.answer = { status: 503, body: 'down for maintenance' };
    await tenant.publish('invoice.sent', { id: 'R-7', total: 118.5 });
    await tenant.until(
      `dead-letters?webhookId=${billing.id}`,
      ({ items }: { items: unknown[] }) => items.length === 1,
      'the invoice is a dead letter',
    );
    await tenant.until(
      'stats?window=1h',
      ({ accepted, attempts }: { accepted: number; attempts: number }) => accepted === 13 && attempts === 17,
      'all of it is counted',
    );
    const { key } = await tenant.makeKey('admin', { name: 'console' });
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await signIn(key);
    for (const { name, path, heading } of PAGES) {
      await page.goto(`/t/${tenant.tenant}/${path}`);
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
      await expect(page.getByRole('main').locator('[aria-busy="true"]')).toHaveCount(0);
      await page.waitForLoadState('load');
      await expect(page.locator('canvas')).toHaveCount(name === 'overview' ? 4 : 0);
      await page.screenshot({ path: `${FOLDER}/${name}-${theme}.png`, animations: 'disabled' });
    }
  });
}
