import type { Page } from '@playwright/test';
import { axe } from './support/axe';
import { Receiver } from './support/receiver';
import { expect, test } from './support/test';

const tile = (page: Page, name: string) =>
  page.getByRole('list', { name: 'At a glance' }).getByRole('listitem').filter({ hasText: name });

test('a new tenant sees the first steps come true', async ({ page, tenant, receiver, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  await signIn(key);
  const steps = page.getByRole('region', { name: 'Three steps to the first delivery' });
  await expect(steps.getByText(`${new URL(page.url()).origin}/api/v1/webhooks`)).toBeVisible();
  for (const [name, path] of [
    ['Or make it here', 'endpoints/new'],
    ['Or publish it here', 'publish'],
  ] as const) {
    await expect(steps.getByRole('link', { name })).toHaveAttribute('href', `/t/${tenant.tenant}/${path}`);
  }
  await axe(page);

  await tenant.makeEndpoint(receiver.url());
  await expect(steps.getByRole('heading', { name: 'Make an endpoint (done)' })).toBeVisible();
  await tenant.publish('order.created');
  await expect(steps.getByRole('heading', { name: 'Publish an event (done)' })).toBeVisible();
  const recent = page.getByRole('region', { name: 'Recent attempts' });
  await expect(recent.getByRole('listitem').filter({ hasText: 'order.created' })).toContainText(
    'Succeeded 200',
  );
  await expect(steps.getByRole('heading', { name: 'See it arrive (done)' })).toBeVisible();
  await steps.getByRole('button', { name: 'Hide these steps' }).click();
  await expect(steps).toBeHidden();
  await expect(page.getByRole('list', { name: 'At a glance' })).toBeVisible();
});

test('says what became of the events, and leads to the lists', async ({ page, tenant, receiver, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await tenant.makeEndpoint(receiver.url());
  const bad = await tenant.makeEndpoint(receiver.url('/held'), { name: 'Held', events: ['order.held'] });
  await tenant.patch(`webhooks/${bad.id}`, { status: 'paused' });
  for (const id of [1, 2, 3]) await tenant.publish('order.created', { id });
  await tenant.publish('order.held');
  await tenant.until(
    'stats',
    ({ outcomes }: { outcomes: { succeeded: number } }) => outcomes.succeeded === 4,
    'delivered',
  );

  await signIn(key);
  await expect(tile(page, 'Accepted')).toContainText('4');
  await expect(tile(page, 'Delivered')).toContainText('4');
  await expect(tile(page, 'Waiting')).toContainText('1');
  const held = `/t/${tenant.tenant}/endpoints?by=backlog`;
  await expect(tile(page, 'Waiting').getByRole('link')).toHaveAttribute('href', held);
  await axe(page);

  const needs = page.getByRole('region', { name: 'Needs attention' });
  await expect(needs.getByRole('listitem')).toContainText('1 delivery waits until it is resumed.');
  await expect(needs.getByRole('link', { name: 'Held' })).toHaveAttribute(
    'href',
    `/t/${tenant.tenant}/endpoints/${bad.id}`,
  );

  const chart = page.getByRole('figure', { name: 'Events and attempts by hour' });
  await expect(chart.getByRole('img')).toHaveAccessibleName(/4 events accepted, 4 deliveries delivered/);
  await chart.getByText('Table', { exact: true }).click();
  await expect(chart.getByRole('row').last()).toContainText('4');

  await page.getByRole('radiogroup', { name: 'Time shown' }).getByText('7d').click();
  await expect(page).toHaveURL(/\?window=7d$/);
  await expect(tile(page, 'Accepted')).toContainText('events in 7d');

  await tile(page, 'Delivered').getByRole('link').click();
  await expect(page).toHaveURL(/\/deliveries\?status=success/);
});

test('follows what happens, and stands still when told to', async ({ page, tenant, receiver, signIn }) => {
  const { key } = await tenant.makeKey('viewer');
  await tenant.makeEndpoint(receiver.url());
  await tenant.publish('order.created');
  await signIn(key);
  const accepted = tile(page, 'Accepted');
  await expect(accepted).toContainText('1');
  const recent = page.getByRole('region', { name: 'Recent attempts' });
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await tenant.publish('order.second');
  await expect(recent.getByText('order.second')).toBeVisible();
  await expect(accepted).toContainText('2', { timeout: 20_000 });

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  const { eventId } = await tenant.publish('order.unseen');
  await tenant.until(
    'deliveries?event=order.unseen&status=success',
    ({ items }: { items: { eventId: string }[] }) => items.some((one) => one.eventId === eventId),
    'delivered behind the pause',
  );
  await expect(recent.getByText('order.unseen')).toHaveCount(0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await tenant.publish('order.third');
  await expect(recent.getByText('order.third')).toBeVisible();
});

test('names endpoints that fail, and why', async ({ page, tenant, receiver, signIn }) => {
  const { key } = await tenant.makeKey('editor');
  receiver.answer = { status: 500 };
  const name = '<img src=x onerror=alert(1)> Orders';
  await tenant.makeEndpoint(receiver.url(), { name, retrySchedule: ['0s'], maxRetries: 2 });
  for (const id of [1, 2, 3]) await tenant.publish('order.created', { id });
  const left = await Receiver.start();
  left.answer = { status: 410 };
  const gone = await tenant.makeEndpoint(left.url(), { name: 'Gone', events: ['gone.*'] });
  await tenant.publish('gone.now');
  await tenant.until(
    `webhooks/${gone.id}`,
    ({ status }: { status: string }) => status === 'failed',
    'given up',
  );
  await left.stop();
  await signIn(key);
  const needs = page.getByRole('region', { name: 'Needs attention' });
  await expect(needs.getByRole('listitem').first()).toContainText('Given up');
  await expect(needs.getByRole('listitem').first()).toContainText('410');
  const orders = needs.getByRole('listitem').filter({ hasText: 'Orders' });
  await expect(orders).toContainText(/Breaker open|Failing/);
  await expect(orders.getByRole('link', { name })).toBeVisible();
  await expect(page.locator('img[src="x"]')).toHaveCount(0);
});

test('says so when the statistics cannot be had, and asks again', async ({
  page,
  tenant,
  receiver,
  quiet,
  signIn,
}) => {
  const { key } = await tenant.makeKey('viewer');
  await tenant.makeEndpoint(receiver.url());
  await tenant.publish('order.created');
  quiet.expect(/status of 503/);
  await page.route('**/api/v1/stats*', (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: '/problems/unavailable',
        title: 'Away',
        status: 503,
        detail: 'the ledger is away',
      }),
    }),
  );
  await signIn(key);
  const alert = page.getByRole('alert').filter({ hasText: 'The statistics could not be loaded' });
  await expect(alert).toContainText('the ledger is away');
  await page.unroute('**/api/v1/stats*');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(alert).toBeHidden();
  await expect(tile(page, 'Accepted')).toContainText('1');
});
