import { axe } from './support/axe';
import { expect, test } from './support/test';

test('shows how the instance stands, and the doctor examines it', async ({
  page,
  operator,
  hookyard,
  signIn,
}) => {
  await signIn(hookyard.key, '/system');
  const status = await operator.get<{ nodes: { name: string; shards: number[] }[] }>('status');
  const [node] = status.nodes;
  await expect(page.getByRole('row').filter({ hasText: node?.name ?? 'no node' })).toContainText('0.1.0');
  const shards = page.getByRole('list', { name: 'Shards and their nodes' }).getByRole('listitem');
  await expect(shards).toHaveCount(node?.shards.length ?? 0);
  await expect(page.getByRole('region', { name: 'Stores and actors' })).toContainText('Well');
  await expect(page.getByRole('link', { name: 'API documentation' })).toHaveAttribute('href', '/api/v1/docs');

  await page.getByRole('button', { name: 'Examine now' }).click();
  const findings = page.getByRole('list', { name: 'Findings' }).getByRole('listitem');
  await expect(findings.filter({ hasText: 'postgres version' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Examine again' })).toBeVisible();
  const { findings: found } = await operator.get<{ findings: { check: string }[] }>('doctor');
  await expect(findings).toHaveCount(found.length);
  await axe(page);
});

test('puts what is wrong first, with what to do', async ({ page, hookyard, signIn }) => {
  const finding = (check: string, state: string, advice: string | null) => ({
    check,
    state,
    found: 'f',
    advice,
  });
  await page.route('**/api/v1/doctor', (route) =>
    route.fulfill({
      json: {
        at: new Date().toISOString(),
        findings: [
          finding('clock', 'ok', null),
          finding('disk', 'warn', 'free some'),
          finding('fsync', 'fail', 'turn it <b>on</b>'),
        ],
      },
    }),
  );
  await signIn(hookyard.key, '/system');
  await page.getByRole('button', { name: 'Examine now' }).click();
  const findings = page.getByRole('list', { name: 'Findings' }).getByRole('listitem');
  await expect(findings).toContainText(['fsync', 'disk', 'clock']);
  await expect(findings.first()).toContainText('turn it <b>on</b>');
  await expect(page.getByText('1 thing wrong, 1 to look at, 1 well.')).toBeVisible();
  await axe(page);
});

test('reads the configuration again, and says what came of it', async ({
  page,
  operator,
  hookyard,
  signIn,
}) => {
  await signIn(hookyard.key, '/system');
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByText('The sources are as they were')).toBeVisible();
  const { items } = await operator.get<{ items: { action: string }[] }>('audit-log?action=config.reloaded');
  expect(items.length).toBeGreaterThan(0);
});

test('what is wrong with the configuration is named', async ({ page, hookyard, quiet, signIn }) => {
  quiet.expect(/status of 422/);
  await page.route('**/api/v1/config/reload', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: '/problems/invalid-request',
        title: 'Invalid',
        status: 422,
        detail: 'the configuration is wrong',
        errors: [{ pointer: '/sources/0/subject', detail: 'is no subject' }],
      }),
    }),
  );
  await signIn(hookyard.key, '/system');
  await page.getByRole('button', { name: 'Read again' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'nothing has changed' });
  await expect(alert).toContainText('/sources/0/subject');
  await expect(alert).toContainText('is no subject');
});

test('is for operators alone', async ({ page, tenant, signIn }) => {
  const { key } = await tenant.makeKey('admin');
  await signIn(key, '/system');
  await expect(page.getByText('Your key may not see the system')).toBeVisible();
  await expect(
    page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'System' }),
  ).toHaveCount(0);
});
