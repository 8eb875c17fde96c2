import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { errorOfAnswer } from './error';
import { timedFetch } from './fetch';
import type { paths } from './schema';

export interface Access {
  key: string;
  /** The tenant that is asked about; null for what is of the whole instance. */
  tenant: string | null;
  /** The key was refused. */
  onUnauthorized?: (() => void) | undefined;
}

export type ApiClient = Client<paths>;

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** A typed client: `client.GET('/api/v1/webhooks', …)`. Answers that are no success are thrown as an ApiError. */
export function createApiClient({ key, tenant, onUnauthorized }: Access): ApiClient {
  const client = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: timedFetch });
  const access: Middleware = {
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${key}`);
      if (tenant !== null) request.headers.set('X-Tenant-Id', tenant);
      return request;
    },
    async onResponse({ response }) {
      if (response.ok) return;
      if (response.status === 401) onUnauthorized?.();
      throw errorOfAnswer(response.status, response.headers, await bodyOf(response.clone()));
    },
  };
  client.use(access);
  return client;
}

interface Answer<T> {
  data?: T;
  response: Response;
}

/** What a call answered with. */
export async function take<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, response } = await call;
  if (data === undefined || data === null) throw errorOfAnswer(response.status, response.headers, undefined);
  return data;
}

/** The same with its ETag, to send as `If-Match` with a change. */
export async function takeTagged<T>(
  call: Promise<Answer<T>>,
): Promise<{ data: NonNullable<T>; etag: string | null }> {
  const { data, response } = await call;
  if (data === undefined || data === null) throw errorOfAnswer(response.status, response.headers, undefined);
  return { data, etag: response.headers.get('etag') };
}

/** For calls that answer with nothing. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  await call;
}
