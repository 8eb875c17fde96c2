import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApiClient, done, take, takeTagged } from './client';
import { connection } from './connection';
import { ApiError } from './error';

const asked: Request[] = [];
let answer: () => Response | Promise<Response> = () => new Response();

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('location', { origin: 'http://hookyard.test' });
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request);
    return answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  connection.answered();
});

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const gone = {
  type: '/problems/not-found',
  title: 'Not found',
  detail: 'no such endpoint',
  requestId: 'r',
  status: 404,
};

const client = (onUnauthorized = () => undefined) =>
  createApiClient({ key: 'hy_k', tenant: 'acme', onUnauthorized });
const byId = { params: { path: { id: 'ep_1' } } };

describe('the client', () => {
  it('sends key and tenant, and answers with what came', async () => {
    answer = () => json(200, { items: [], nextCursor: null });
    const page = await take(
      client().GET('/api/v1/webhooks', { params: { query: { status: 'failed', q: 'a b' } } }),
    );
    expect(page).toEqual({ items: [], nextCursor: null });
    expect(asked[0]?.url).toBe('http://hookyard.test/api/v1/webhooks?status=failed&q=a%20b');
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer hy_k');
    expect(asked[0]?.headers.get('x-tenant-id')).toBe('acme');
  });

  it('names no tenant where the whole instance is asked about', async () => {
    answer = () => json(200, { items: [], nextCursor: null });
    await take(createApiClient({ key: 'hy_k', tenant: null }).GET('/api/v1/tenants'));
    expect(asked[0]?.headers.has('x-tenant-id')).toBe(false);
  });

  it('gives the ETag, and takes an answer without a body', async () => {
    answer = () => json(200, { id: 'ep_1' }, { etag: '"7"' });
    expect((await takeTagged(client().GET('/api/v1/webhooks/{id}', byId))).etag).toBe('"7"');
    answer = () => new Response(null, { status: 204 });
    await expect(done(client().DELETE('/api/v1/webhooks/{id}', byId))).resolves.toBeUndefined();
  });

  it('throws what the API refused, also where nothing is awaited of it', async () => {
    answer = () => json(404, gone);
    await expect(take(client().GET('/api/v1/webhooks/{id}', byId))).rejects.toMatchObject({
      slug: 'not-found',
    });
    await expect(done(client().DELETE('/api/v1/webhooks/{id}', byId))).rejects.toBeInstanceOf(ApiError);
  });

  it('tells that the key was refused', async () => {
    const refused = vi.fn();
    answer = () => json(401, { ...gone, type: '/problems/unauthorized' });
    await expect(take(client(refused).GET('/api/v1/webhooks'))).rejects.toMatchObject({ status: 401 });
    expect(refused).toHaveBeenCalledOnce();
  });

  it('says when nobody answers, and when somebody does again', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(take(client().GET('/api/v1/webhooks'))).rejects.toMatchObject({ slug: 'unreachable' });
    expect(connection.isUp()).toBe(false);
    answer = () => json(404, gone);
    await expect(take(client().GET('/api/v1/webhooks'))).rejects.toMatchObject({ slug: 'not-found' });
    expect(connection.isUp()).toBe(true);
  });

  it('waits no longer than it should', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    answer = () => Promise.reject(new DOMException('', 'TimeoutError'));
    await expect(take(client().GET('/api/v1/webhooks'))).rejects.toMatchObject({ slug: 'no-answer-in-time' });
    expect(timeout).toHaveBeenCalledWith(15_000);
  });

  it('lets go of what nobody waits for any more', async () => {
    const stop = new AbortController();
    stop.abort();
    answer = () => Promise.reject(stop.signal.reason);
    await expect(take(client().GET('/api/v1/webhooks', { signal: stop.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(connection.isUp()).toBe(true);
  });
});
