import { describe, expect, test } from 'vitest';
import { bodyOf, type Draft, EMPTY, faults } from './new-event';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const draft = (more: Partial<Draft>): Draft => ({ ...EMPTY, event: 'order.paid', ...more });

describe('faults', () => {
  test('none in what is right', () => {
    expect(faults(draft({}), NOW)).toEqual({});
    expect(
      faults(
        draft({
          eventId: 'order-42',
          channels: ['emea', 'vip.gold'],
          deliverAt: '2026-01-03T00:00:00Z',
          expiresAt: '2026-01-04T00:00:00Z',
        }),
        NOW,
      ),
    ).toEqual({});
  });

  test.each<[keyof Draft, Partial<Draft>]>([
    ['event', { event: '' }],
    ['event', { event: 'order.*' }],
    ['data', { data: '' }],
    ['data', { data: '{"a":}' }],
    ['eventId', { eventId: 'ä' }],
    ['eventId', { eventId: 'x'.repeat(201) }],
    ['channels', { channels: ['a b'] }],
    ['channels', { channels: Array.from({ length: 11 }, (_, n) => `c${n}`) }],
    ['expiresAt', { expiresAt: '2026-01-02T03:04:05.000Z' }],
    ['expiresAt', { deliverAt: '2026-01-05T00:00:00Z', expiresAt: '2026-01-04T00:00:00Z' }],
  ])('%s: %j', (field, more) => {
    expect(Object.keys(faults(draft(more), NOW))).toEqual([field]);
  });
});

test('the payload keeps its digits, and nothing that is empty is sent', () => {
  expect(bodyOf(draft({ data: ' {"n":12345678901234567890} ' }))).toBe(
    '{"event":"order.paid","data":{"n":12345678901234567890}}',
  );
  const whole = bodyOf(
    draft({ eventId: 'a"b', channels: ['x'], deliverAt: 't1', expiresAt: 't2', data: 'null' }),
  );
  expect(JSON.parse(whole)).toEqual({
    event: 'order.paid',
    eventId: 'a"b',
    channels: ['x'],
    deliverAt: 't1',
    expiresAt: 't2',
    data: null,
  });
});
