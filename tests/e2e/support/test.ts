import { test as base, expect, type Page } from '@playwright/test';
import { Api } from './api';
import { startNode } from './node';
import { Receiver } from './receiver';
import { startSite } from './site';

interface Hookyard {
  /** Where the dashboard is. */
  url: string;
  /** Where the API is. */
  api: string;
  /** Where NATS is, as host and port. */
  nats: string;
  /** Where Postgres is, as a URL. */
  database: string;
  key: string;
}

interface OfWorker {
  hookyard: Hookyard;
}

interface OfTest {
  /** The whole instance. */
  operator: Api;
  /** A new tenant of this test's own, seen by the operator. */
  tenant: Api & { readonly tenant: string };
  receiver: Receiver;
  /** Signs in as a person does, and goes to `path`. */
  signIn: (key: string, path?: string) => Promise<void>;
  /** Fails the test where the page logged an error or a policy stopped something. Used by every test. */
  quiet: Quiet;
}

/** What a page complained about. */
export class Quiet {
  readonly #complaints: string[] = [];
  readonly #expected: RegExp[] = [];

  /** Complaints like this are part of the test. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  watch(page: Page): void {
    page.on('pageerror', (error) => this.#complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#complaints.push(message.text());
    });
  }

  get complaints(): string[] {
    return this.#complaints.filter((complaint) => !this.#expected.some((pattern) => pattern.test(complaint)));
  }
}

let count = 0;

export const test = base.extend<OfTest, OfWorker>({
  hookyard: [
    // biome-ignore lint/correctness/noEmptyPattern: fixtures are told by the names in the pattern
    async ({}, use) => {
      const node = await startNode();
      const site = process.env.HOOKYARD_DASHBOARD === 'proxy' ? await startSite(node.url) : undefined;
      try {
        await use({ ...node, url: site?.url ?? node.url, api: node.url });
      } finally {
        await site?.stop();
        await node.stop();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ hookyard }, use) => use(hookyard.url),
  operator: async ({ hookyard }, use) => use(new Api(hookyard.api, hookyard.key, null)),
  tenant: async ({ operator }, use, testInfo) => {
    count += 1;
    const id = `t${testInfo.workerIndex}-${count}`;
    await operator.makeTenant(id, { name: `Tenant ${id}` });
    await use(Object.assign(operator.of(id), { tenant: id }));
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    await receiver.stop();
  },
  quiet: [
    async ({ page }, use) => {
      const quiet = new Quiet();
      quiet.watch(page);
      await use(quiet);
      expect(quiet.complaints, 'the page logged no error').toEqual([]);
    },
    { auto: true },
  ],
  signIn: async ({ page }, use) =>
    use(async (key, path = '/') => {
      await page.goto(path === '/' ? '/sign-in' : path);
      await page.getByRole('textbox', { name: 'Key' }).fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    }),
});

export { expect } from '@playwright/test';
