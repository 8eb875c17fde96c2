import { expect, it } from 'vitest';
import { plan, position } from './schedule';

const at = (planned: ReturnType<typeof plan>) => planned?.map(({ atMs }) => atMs / 1000);

it('plans a list, whose last wait repeats', () => {
  expect(at(plan(['0s', '1m', '5m', '15m'], 3))).toEqual([0, 60, 360, 1260]);
  expect(at(plan(['10s', '1m'], 3))).toEqual([10, 70, 130, 190]);
  expect(at(plan(['0s'], 0))).toEqual([0]);
});

it('plans waits that grow to their most', () => {
  expect(at(plan({ initial: '5s', factor: 4, max: '1m', jitter: 0 }, 4))).toEqual([0, 5, 25, 85, 145]);
});

it('plans nothing of what cannot be read', () => {
  expect(plan([], 3)).toBeUndefined();
  expect(plan(['soon'], 3)).toBeUndefined();
  expect(plan(['0s'], 101)).toBeUndefined();
  expect(plan({ initial: '5s', factor: 0.5, max: '1m', jitter: 0 }, 3)).toBeUndefined();
});

it('draws seconds and days apart on one line', () => {
  expect(position(0, 86_400_000)).toBe(0);
  expect(position(5000, 86_400_000)).toBeGreaterThan(0.1);
  expect(position(86_400_000, 86_400_000)).toBe(1);
  expect(position(0, 0)).toBe(0);
});
