import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Known {
  event: string;
  description: string | null;
  example: unknown;
  events: number;
}

test('describes an event type that was seen, and its example has to be JSON', async ({
  page,
  tenant,
  signIn,
}) => {
  await tenant.publish('order.paid');
  await tenant.until('event-types', ({ items }: { items: Known[] }) => items.length === 1, 'seen');
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/event-types`);
  const row = page.getByRole('row').filter({ hasText: 'order.paid' });
  await expect(row).toContainText('not described');
  await axe(page);
  await row.getByRole('button', { name: 'Describe order.paid' }).click();
  await expect(page).toHaveURL(/type=order\.paid/);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Description' }).fill('A customer <i>paid</i>');
  await dialog.getByRole('textbox', { name: 'Example' }).fill('{orderId: 42}');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText(/^This is no JSON/)).toBeVisible();
  await axe(page);
  await dialog.getByRole('textbox', { name: 'Example' }).fill('{"orderId": 42}');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toContainText('A customer <i>paid</i>');
  expect(await tenant.get('event-types/order.paid')).toMatchObject({
    description: 'A customer <i>paid</i>',
    example: { orderId: 42 },
  });

  await row.getByRole('button', { name: 'Example of order.paid' }).click();
  await expect(dialog.getByRole('figure')).toContainText('"orderId": 42');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await row.getByRole('link', { name: 'order.paid' }).click();
  await expect(page).toHaveURL(/\/events\?event=order\.paid$/);
});

test('describes one that was never seen, and forgets it', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/event-types`);
  await expect(page.getByRole('heading', { name: 'No event type yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Describe an event type' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Event type' }).fill('order.*');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('with dots between them')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Event type' }).fill('order.refunded');
  await dialog.getByRole('textbox', { name: 'Description' }).fill('Money went back');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row').filter({ hasText: 'order.refunded' });
  await expect(row).toContainText('never');
  expect(await tenant.get('event-types/order.refunded')).toMatchObject({ events: 0, example: null });

  await row.getByRole('button', { name: 'Forget order.refunded' }).click();
  await expect(dialog).toContainText('Its description and example are gone.');
  await dialog.getByRole('button', { name: 'Forget the event type' }).click();
  await expect(row).toHaveCount(0);
  await expect(tenant.get('event-types/order.refunded')).rejects.toThrow('404');
});

test('a viewer looks and is offered no change', async ({ page, tenant, signIn }) => {
  await tenant.put('event-types/order.paid', { description: 'Paid' });
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/event-types?type=order.paid`);
  await expect(page.getByRole('row').filter({ hasText: 'order.paid' })).toContainText('Paid');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /Describe|Forget/ })).toHaveCount(0);
});
