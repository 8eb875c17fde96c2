import { describe, expect, test } from 'vitest';
import type { StreamedAttempt } from '../../api/types';
import { concerns, isFiltered, readDeliverySearch, readFilter } from './search';

describe('addresses', () => {
  test('what means nothing is as if it were not there', () => {
    expect(readDeliverySearch({ status: 'sad', event: 'a..b', range: 'ever', cursor: '' })).toEqual({});
    expect(readDeliverySearch({ status: 'failed' })).toEqual({ status: 'dead' });
  });

  test('the rest is kept', () => {
    const raw = {
      status: 'dead',
      event: 'order.*',
      endpoint: 'ep_1',
      range: '24h',
      cursor: 'x',
      paused: 'true',
    };
    expect(readDeliverySearch(raw)).toEqual({ ...raw, paused: true });
    expect(readFilter(raw)).toEqual({ event: 'order.*', endpoint: 'ep_1', range: '24h' });
  });

  test('a cursor is no filter', () => {
    expect(isFiltered({ cursor: 'x', paused: true })).toBe(false);
    expect(isFiltered({ range: '1h' })).toBe(true);
  });
});

test('attempts concern the list that would show their delivery', () => {
  const attempt: StreamedAttempt = {
    deliveryId: 'dlv_1',
    eventId: 'evt_1',
    webhookId: 'ep_1',
    event: 'order.paid',
    number: 1,
    outcome: 'http_error',
    responseStatus: 500,
    durationMs: 3,
    error: 'x',
    verdict: 'retry',
    status: 'retrying',
    nextAttemptAt: null,
    at: '2026-01-02T03:04:05.678Z',
  };
  expect(concerns({}, attempt)).toBe(true);
  expect(concerns({ status: 'retrying', event: 'order.*', endpoint: 'ep_1' }, attempt)).toBe(true);
  expect(concerns({ status: 'success' }, attempt)).toBe(false);
  expect(concerns({ event: 'user.>' }, attempt)).toBe(false);
  expect(concerns({ endpoint: 'ep_2' }, attempt)).toBe(false);
});
