import type { Page as Tab } from '@playwright/test';
import type { Api } from './support/api';
import { axe } from './support/axe';
import { expect, test } from './support/test';

interface Delivery {
  id: string;
  eventId: string;
  status: string;
}

interface Replay {
  id: string;
  finishedAt: string | null;
  cancelledAt: string | null;
  owed: number;
}

interface Page<Item> {
  items: Item[];
}

/** Publishes so many events and waits until each is a dead letter. */
async function die(api: Api, type: string, count: number, before = 0): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ event: type, eventId: `${type}-${n}`, data: n }));
  await api.post('events/batch', events);
  await api.until<Page<Delivery>>(
    'dead-letters?limit=250',
    ({ items }) => items.length === before + count,
    'they are dead letters',
  );
}

const dead = async (api: Api) => (await api.get<Page<Delivery>>('dead-letters?limit=250')).items;
const groups = (page: Tab) => page.getByRole('table', { name: 'Dead letters by reason and endpoint' });
const letters = (page: Tab) => page.getByRole('table', { name: 'Dead letters', exact: true });

test('none is good news; then they are in groups, with what to do', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  const { key } = await tenant.makeKey('viewer');
  await signIn(key, `/t/${tenant.tenant}/dead-letters`);
  await expect(page.getByRole('heading', { name: 'There are no dead letters' })).toBeVisible();
  await axe(page);

  receiver.answer = { status: 500 };
  const orders = await tenant.makeEndpoint(receiver.url(), { name: 'Orders', maxRetries: 0 });
  await tenant.makeEndpoint(receiver.url('/users'), { name: 'Users', events: ['user.>'], maxRetries: 0 });
  await die(tenant, 'order.paid', 3);
  await die(tenant, 'user.gone', 1, 3);
  await page.reload();
  await expect(groups(page).getByRole('row')).toHaveCount(3);
  const group = groups(page).getByRole('row').filter({ hasText: 'Orders' });
  await expect(group).toContainText('Attempts exhausted');
  await expect(group.getByRole('cell', { name: '3', exact: true })).toBeVisible();
  await expect(group).toContainText('mend the receiver, then replay');
  await expect(letters(page).getByRole('row')).toHaveCount(5);

  await group.getByRole('button', { name: 'Show those of Orders' }).click();
  await expect(page).toHaveURL(new RegExp(`endpoint=${orders.id}`));
  await expect(page.getByRole('search').getByRole('combobox', { name: 'Reason' })).toHaveValue(
    'Attempts exhausted',
  );
  await expect(letters(page).getByRole('row')).toHaveCount(4);
  await page.getByRole('combobox', { name: 'Event type' }).fill('user.gone');
  await page.getByRole('combobox', { name: 'Event type' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'No dead letter is like that' })).toBeVisible();
  await page.getByRole('search').getByRole('button', { name: 'Clear filters' }).click();
  await expect(letters(page).getByRole('row')).toHaveCount(5);
  await axe(page);

  // A viewer may look, and is offered nothing more.
  await expect(page.getByRole('button', { name: /Replay/ })).toHaveCount(0);
  await expect(page.getByRole('checkbox')).toHaveCount(0);
});

test('replays one, and some that are chosen', async ({ page, tenant, receiver, signIn, quiet }) => {
  quiet.expect(/409/);
  receiver.answer = { status: 500 };
  await tenant.makeEndpoint(receiver.url(), { name: 'Orders', maxRetries: 0 });
  const off = await tenant.makeEndpoint(receiver.url('/off'), {
    name: 'Off',
    events: ['off.x'],
    maxRetries: 0,
  });
  await die(tenant, 'order.paid', 4);
  await die(tenant, 'off.x', 1, 4);
  await tenant.patch(`webhooks/${off.id}`, { status: 'disabled' });
  receiver.answer = { status: 200 };
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/dead-letters`);

  await letters(page).getByRole('row').filter({ hasText: 'order.paid-0' }).getByRole('link').click();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Delivered' })).toBeVisible();
  await page.goBack();
  await expect(letters(page).getByRole('row')).toHaveCount(5);

  await page.getByRole('checkbox', { name: 'Choose order.paid, order.paid-1' }).check();
  await page.getByRole('checkbox', { name: 'Choose off.x, off.x-0' }).check();
  const all = page.getByRole('checkbox', { name: 'All on this page' });
  await expect(all).not.toBeChecked();
  await page.getByRole('button', { name: 'Replay 2 chosen' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replay 2 dead letters?' });
  await expect(dialog).toContainText('fresh set of attempts');
  await dialog.getByRole('button', { name: 'Replay 2 dead letters' }).click();
  await expect(dialog).toBeHidden();
  const refused = page.getByRole('alert').filter({ hasText: '1 dead letter was not replayed' });
  await expect(refused).toContainText('Set its endpoint to active first.');
  await expect(letters(page).getByRole('row')).toHaveCount(4);
  await tenant.until<Page<Delivery>>('dead-letters', ({ items }) => items.length === 3, 'one was delivered');
  expect((await dead(tenant)).map(({ eventId }) => eventId).sort()).toEqual([
    'off.x-0',
    'order.paid-2',
    'order.paid-3',
  ]);
  await all.check();
  await expect(page.getByRole('button', { name: 'Replay 3 chosen' })).toBeEnabled();
  await all.uncheck();
  await expect(page.getByRole('button', { name: 'Replay the chosen ones' })).toBeDisabled();
});

test('replays a group, and all that fit, with the count named and the progress shown', async ({
  page,
  tenant,
  receiver,
  signIn,
}) => {
  receiver.answer = { status: 500 };
  const orders = await tenant.makeEndpoint(receiver.url(), { name: 'Orders', maxRetries: 0 });
  await tenant.makeEndpoint(receiver.url('/users'), { name: 'Users', events: ['user.>'], maxRetries: 0 });
  await die(tenant, 'order.paid', 3);
  await die(tenant, 'user.gone', 2, 3);
  await die(tenant, 'user.back', 1, 5);
  await tenant.patch(`webhooks/${orders.id}`, { status: 'paused' });
  await tenant.post('events', { event: 'order.held', eventId: 'held', data: {} });
  await tenant.patch(`webhooks/${orders.id}`, { status: 'disabled' });
  await tenant.until<Page<Delivery>>('dead-letters', ({ items }) => items.length === 7, 'it is one too');
  await tenant.patch(`webhooks/${orders.id}`, { status: 'active' });
  receiver.answer = { status: 200 };
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/dead-letters`);

  await page.getByRole('button', { name: 'Replay those of Orders: Attempts exhausted' }).click();
  let dialog = page.getByRole('dialog', { name: 'Replay 3 dead letters of Orders?' });
  await expect(dialog).toContainText('of the reason “Attempts exhausted”');
  await axe(page);
  await dialog.getByRole('button', { name: 'Replay 3 dead letters' }).click();
  await expect(page).toHaveURL(/\/replays\/rpl_/);
  await expect(page.getByRole('status').filter({ hasText: 'Finished' })).toBeVisible();
  await expect(page.getByRole('progressbar', { name: '100 % done' })).toBeVisible();
  await axe(page);
  await tenant.until<Page<Delivery>>(
    'dead-letters',
    ({ items }) => items.length === 4,
    'they were delivered',
  );

  await page.goto(`/t/${tenant.tenant}/dead-letters?event=user.gone`);
  await page.getByRole('button', { name: 'Replay those that fit' }).click();
  dialog = page.getByRole('dialog', { name: 'Replay 2 dead letters that fit the filters?' });
  await expect(dialog).toContainText('Those of user.gone');
  await dialog.getByRole('button', { name: 'Replay 2 dead letters' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Finished' })).toBeVisible();
  await tenant.until<Page<Delivery>>(
    'dead-letters',
    ({ items }) => items.length === 2,
    'they were delivered',
  );
  expect((await dead(tenant)).map(({ eventId }) => eventId)).toEqual(['held', 'user.back-0']);

  await page.goto(`/t/${tenant.tenant}/dead-letters`);
  await page.getByRole('search').getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'Endpoint disabled' }).click();
  await expect(letters(page).getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Replay those that fit' }).click();
  dialog = page.getByRole('dialog', { name: 'Replay 1 dead letter that fit the filters?' });
  await expect(dialog).toContainText('of the reason “Endpoint disabled”');
  await dialog.getByRole('button', { name: 'Replay 1 dead letter' }).click();
  await tenant.until<Page<Delivery>>('dead-letters', ({ items }) => items.length === 1, 'it was delivered');

  await page.goto(`/t/${tenant.tenant}/dead-letters`);
  await page.getByRole('button', { name: 'Replay all' }).click();
  dialog = page.getByRole('dialog', { name: 'Replay 1 dead letter?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  expect(await dead(tenant)).toHaveLength(1);
  await page.getByRole('button', { name: 'Replay all' }).click();
  await dialog.getByRole('button', { name: 'Replay 1 dead letter' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Finished' })).toBeVisible();
  await tenant.until<Page<Delivery>>('dead-letters', ({ items }) => items.length === 0, 'it was delivered');

  await page.getByRole('link', { name: 'Replays' }).click();
  const rows = page.getByRole('table', { name: 'Replays' }).getByRole('row');
  await expect(rows).toHaveCount(5);
  await expect(rows.nth(4)).toContainText('Orders');
  await axe(page);
});

test('a replay that is under way is cancelled', async ({ page, tenant, receiver, signIn }) => {
  // A backfill to a paused endpoint is under way for as long as it is paused.
  const events = Array.from({ length: 30 }, (_, n) => ({ event: 'order.paid', eventId: `o-${n}`, data: n }));
  await tenant.post('events/batch', events);
  const endpoint = await tenant.makeEndpoint(receiver.url(), { name: 'Late' });
  await tenant.patch(`webhooks/${endpoint.id}`, { status: 'paused' });
  const { key } = await tenant.makeKey('editor');
  await signIn(key, `/t/${tenant.tenant}/replays`);
  await expect(page.getByRole('heading', { name: 'Nothing was replayed yet' })).toBeVisible();
  const made = await tenant.post<Replay>(`webhooks/${endpoint.id}/replay`, { status: ['unsent'] });
  await page.reload();
  const row = page.getByRole('table', { name: 'Replays' }).getByRole('row').filter({ hasText: 'Backfill' });
  await expect(row).toContainText('Under way');
  await row.getByRole('link', { name: 'Backfill' }).click();
  await expect(page).toHaveURL(`/t/${tenant.tenant}/replays/${made.id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Backfill' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this replay?' });
  await expect(dialog).toContainText('stays so');
  await dialog.getByRole('button', { name: 'Cancel the replay' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Cancelled' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cancel …' })).toHaveCount(0);
  expect(await tenant.get(`replays/${made.id}`)).toMatchObject({ cancelledAt: expect.any(String) });

  await page.getByRole('button', { name: 'Sign out' }).click();
  const viewer = await tenant.makeKey('viewer');
  await tenant.post<Replay>(`webhooks/${endpoint.id}/replay`, { status: ['unsent'] });
  await signIn(viewer.key, `/t/${tenant.tenant}/replays`);
  await expect(page.getByText('Under way')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cancel …' })).toHaveCount(0);
});

test('works on a phone, by keyboard, in the dark', async ({ page, tenant, receiver, signIn }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  receiver.answer = { status: 500 };
  await tenant.makeEndpoint(receiver.url(), { name: 'Orders', maxRetries: 0 });
  await die(tenant, 'order.paid', 2);
  const { key } = await tenant.makeKey('editor');
  const [first] = await dead(tenant);
  await signIn(key, `/t/${tenant.tenant}/dead-letters`);
  const list = page.getByRole('list', { name: 'Dead letters', exact: true });
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await axe(page);
  const fits = () =>
    page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
  expect(await fits()).toBe(true);
  const replay = page.getByRole('button', { name: 'Replay all' });
  await replay.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(replay).toBeFocused();
  for (const path of [
    'deliveries',
    `deliveries/${first?.id}`,
    'events',
    'events/order.paid-0',
    'publish',
    'replays',
  ]) {
    await page.goto(`/t/${tenant.tenant}/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await axe(page);
    expect(await fits(), path).toBe(true);
  }
});
