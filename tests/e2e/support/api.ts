import { expect } from '@playwright/test';

type Json = Record<string, unknown>;

/** An answer of the API that should have been a success. */
export class Refused extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path} answered ${status}: ${body}`);
    this.status = status;
  }
}

export interface Named {
  id: string;
}

export interface MadeKey extends Named {
  key: string;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export type Role = 'operator' | 'admin' | 'editor' | 'producer' | 'viewer';

/** The API as tests use it: to set things up, and to see what a click did. */
export class Api {
  readonly #url: string;
  readonly #key: string;
  readonly tenant: string | null;

  constructor(url: string, key: string, tenant: string | null) {
    this.#url = url;
    this.#key = key;
    this.tenant = tenant;
  }

  /** The same for another tenant. */
  of(tenant: string): Api {
    return new Api(this.#url, this.#key, tenant);
  }

  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#key}` };
    if (this.tenant !== null) headers['X-Tenant-Id'] = this.tenant;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await fetch(`${this.#url}/api/v1/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(method, path, answer.status, text);
    // Nothing is answered with 204, and its callers ask for nothing.
    return JSON.parse(text === '' ? 'null' : text);
  }

  get<Answer = Json>(path: string): Promise<Answer> {
    return this.call<Answer>('GET', path);
  }

  post<Answer = Json>(path: string, body?: unknown): Promise<Answer> {
    return this.call<Answer>('POST', path, body);
  }

  patch<Answer = Json>(path: string, body: unknown): Promise<Answer> {
    return this.call<Answer>('PATCH', path, body);
  }

  put<Answer = Json>(path: string, body: unknown): Promise<Answer> {
    return this.call<Answer>('PUT', path, body);
  }

  delete(path: string): Promise<void> {
    return this.call<void>('DELETE', path);
  }

  /** All of a list, page by page. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const joint = path.includes('?') ? '&' : '?';
      const page: Page<Item> = await this.get(
        `${path}${joint}limit=250&cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  makeTenant(id: string, more: Json = {}): Promise<Named> {
    return this.post('tenants', { id, name: id, ...more });
  }

  makeKey(role: Role, more: Json = {}): Promise<MadeKey> {
    return this.post('keys', {
      name: `${role} of a test`,
      role,
      ...(role === 'operator' ? {} : { tenantId: this.tenant }),
      ...more,
    });
  }

  makeEndpoint<Endpoint extends Named = Named>(url: string, more: Json = {}): Promise<Endpoint> {
    return this.post('webhooks', { name: 'Orders', url, events: ['order.*'], ...more });
  }

  publish(
    event: string,
    data: unknown = { id: 42 },
    more: Json = {},
  ): Promise<{ eventId: string; duplicate: boolean }> {
    return this.post('events', { event, data, ...more });
  }

  /** Waits until what is asked is as wanted, as everything here happens in the background. */
  async until<Answer>(path: string, isSo: (answer: Answer) => boolean, why: string): Promise<Answer> {
    let last: Answer | undefined;
    await expect
      .poll(
        async () => {
          last = await this.get<Answer>(path);
          return isSo(last);
        },
        { message: why, timeout: 30_000, intervals: [50, 100, 200, 400] },
      )
      .toBe(true);
    if (last === undefined) throw new Error(`${path} was never answered`);
    return last;
  }
}
