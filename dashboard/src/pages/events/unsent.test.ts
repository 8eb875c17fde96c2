import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../api/types';
import { needsFilter, type Published, unsent } from './unsent';

const endpoint: Endpoint = {
  id: 'ep_1',
  tenantId: 'acme',
  name: 'Orders',
  url: 'https://a.test/',
  events: ['order.*'],
  channels: [],
  filter: null,
  kind: 'http',
  userId: null,
  status: 'active',
  statusReason: null,
  customHeaders: {},
  rateLimitEnabled: false,
  maxRequestsPerMinute: 60,
  burst: 10,
  maxInFlight: 8,
  ordered: false,
  timeoutMs: 15_000,
  maxRetries: 3,
  retrySchedule: ['0s'],
  autoDisableAfter: null,
  autoDisableMinDuration: '1h',
  signatures: ['v1'],
  publicKey: null,
  format: 'hookyard',
  template: null,
  templates: {},
  auth: null,
  headerPrefix: 'X-Webhook-',
  secretHint: 'abcd',
  successCount: 0,
  failureCount: 0,
  consecutiveFailures: 0,
  queued: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

const event: Published = { event: 'order.paid', channels: [], createdAt: '2026-01-02T00:00:00.000Z' };
const filter = { 'data.amount': [1] };

describe('why an endpoint did not get an event', () => {
  test('made later', () => {
    const later = { ...endpoint, createdAt: '2026-01-03T00:00:00.000Z', events: ['else'] };
    expect(unsent(later, event, undefined).reason).toBe('made-later');
  });

  test('not subscribed, with what it is subscribed to', () => {
    const other = { ...endpoint, events: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] };
    expect(unsent(other, event, undefined)).toMatchObject({
      reason: 'not-subscribed',
      text: expect.stringContaining('a, b, c, d, e and 2 more'),
    });
  });

  test('of other channels', () => {
    const wants = { ...endpoint, channels: ['emea'] };
    expect(unsent(wants, event, undefined).text).toContain('names none');
    expect(unsent(wants, { ...event, channels: ['apac'] }, undefined).text).toContain('names apac');
    expect(unsent(wants, { ...event, channels: ['apac', 'emea'] }, undefined).reason).toBe('changed');
  });

  test('filtered, with the fields that do not hold', () => {
    const filtered = { ...endpoint, filter };
    expect(unsent(filtered, event, { matches: false, failing: ['data.amount'] })).toMatchObject({
      reason: 'filter',
      text: expect.stringContaining('because of data.amount'),
    });
    expect(unsent(filtered, event, { matches: true, failing: [] }).reason).toBe('changed');
    expect(unsent(filtered, event, undefined).reason).toBe('unknown');
  });

  test('off, or changed since', () => {
    expect(unsent({ ...endpoint, status: 'disabled' }, event, undefined).reason).toBe('off');
    expect(unsent({ ...endpoint, status: 'failed' }, event, undefined).reason).toBe('off');
    const changed = { ...endpoint, updatedAt: '2026-01-03T00:00:00.000Z' };
    expect(unsent(changed, event, undefined).text).toContain('changed since');
    expect(unsent(endpoint, event, undefined).text).not.toContain('changed since');
  });
});

test('the API is asked about filters where nothing else says why', () => {
  expect(needsFilter({ ...endpoint, filter }, event)).toBe(true);
  expect(needsFilter({ ...endpoint, filter, events: ['else'] }, event)).toBe(false);
  expect(needsFilter(endpoint, event)).toBe(false);
});
