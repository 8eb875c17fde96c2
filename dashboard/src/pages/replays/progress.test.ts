import { expect, test } from 'vitest';
import { percentOf, stateOf } from './progress';

const going = { total: 200, done: 50, finishedAt: null, cancelledAt: null };
const at = '2026-01-02T03:04:05.678Z';

test('a replay is under way until it ended, however it did', () => {
  expect(stateOf(going)).toBe('under way');
  expect(stateOf({ ...going, finishedAt: at })).toBe('finished');
  expect(stateOf({ ...going, finishedAt: at, cancelledAt: at })).toBe('cancelled');
});

test('its share is never more than all, and all when it is through', () => {
  expect(percentOf(going)).toBe(25);
  expect(percentOf({ ...going, done: 500 })).toBe(100);
  expect(percentOf({ ...going, total: 0, done: 0 })).toBe(0);
  expect(percentOf({ ...going, total: 0, done: 0, finishedAt: at })).toBe(100);
  expect(percentOf({ ...going, finishedAt: at, cancelledAt: at })).toBe(25);
});
