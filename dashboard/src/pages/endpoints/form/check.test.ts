import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../api/error';
import { check, faultsOf } from './check';
import { newDraft } from './draft';

const RIGHT = { ...newDraft(), url: 'https://example.com/hook', events: ['order.*'] };

describe('check', () => {
  it('finds nothing wrong with a URL and a pattern', () => expect(check(RIGHT, true)).toEqual({}));

  it.each([
    ['events', { events: [] }],
    ['events', { events: ['a..b'] }],
    ['channels', { channels: ['a b'] }],
    ['filter', { filter: '{"a": 1}' }],
    ['filter', { filter: '[' }],
    ['customHeaders', { headers: [{ id: 0, name: '', value: 'x' }] }],
    [
      'customHeaders',
      {
        headers: [
          { id: 0, name: 'X-A', value: '1' },
          { id: 1, name: 'x-a', value: '2' },
        ],
      },
    ],
    ['customHeaders', { headers: [{ id: 0, name: 'X-A', value: 'ä' }] }],
    ['auth', { auth: 'bearer' as const }],
    ['auth', { auth: 'basic' as const, username: 'a:b' }],
    ['signatures', { isV1: false }],
    ['secret', { secret: 'short' }],
    ['headerPrefix', { headerPrefix: 'X-Webhook' }],
    ['maxInFlight', { maxInFlight: 257 }],
    ['burst', { rate: 'on' as const, burst: 0 }],
    ['maxRetries', { maxRetries: 101 }],
    ['retrySchedule', { schedule: 'listed' as const, waits: ['8d'] }],
    ['retrySchedule', { schedule: 'growing' as const, factor: 0 }],
    ['autoDisableAfter', { giveUp: 'after' as const, autoDisableAfter: 0 }],
    ['templates', { templates: [{ id: 0, pattern: 'a.b', template: '' }] }],
  ])('finds what is wrong with %s', (name, change) => {
    expect(Object.keys(check({ ...RIGHT, ...change }, true))).toEqual([name]);
  });

  it('wants numbers of an endpoint that is there', () => {
    expect(Object.keys(check(RIGHT, false))).toEqual(['name', 'timeoutMs', 'maxInFlight', 'maxRetries']);
  });
});

it('puts the API’s errors at their fields', () => {
  const error = new ApiError({
    slug: 'invalid-request',
    title: '',
    detail: '',
    status: 422,
    errors: [
      { pointer: '/events/0', detail: 'no token' },
      { pointer: '/customHeaders/X-A~1B', detail: 'kept' },
      { pointer: '/filter/data.a', detail: 'one' },
      { pointer: '/filter/data.b', detail: 'two' },
      { pointer: '/status', detail: 'unknown' },
    ],
  });
  expect(faultsOf(error, RIGHT)).toEqual({
    faults: {
      events: 'order.*: no token',
      customHeaders: 'X-A/B: kept',
      filter: 'data.a: one · data.b: two',
    },
    rest: ['/status: unknown'],
  });
});
