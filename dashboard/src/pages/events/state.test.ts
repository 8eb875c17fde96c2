import { expect, test } from 'vitest';
import { stateOf } from './state';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const none = { deliverAt: null, expiresAt: null, cancelledAt: null };
const past = '2026-01-02T03:04:04.000Z';
const future = '2026-01-02T03:04:06.000Z';

test('how an event stands', () => {
  expect(stateOf(none, NOW)).toBe('accepted');
  expect(stateOf({ ...none, deliverAt: future }, NOW)).toBe('scheduled');
  expect(stateOf({ ...none, deliverAt: past }, NOW)).toBe('scheduled');
  expect(stateOf({ ...none, deliverAt: future, cancelledAt: past }, NOW)).toBe('cancelled');
  expect(stateOf({ ...none, expiresAt: future }, NOW)).toBe('accepted');
  expect(stateOf({ ...none, expiresAt: past }, NOW)).toBe('expired');
});
