import { expect, it } from 'vitest';
import { Growth } from './growth';

it('tells a backlog that grows from one that stands', () => {
  const growth = new Growth();
  expect(growth.note('a', 100, 0)).toBe(false);
  expect(growth.note('a', 150, 10_000)).toBe(false);
  expect(growth.note('a', 200, 30_000)).toBe(true);
  expect(growth.note('b', 5000, 30_000)).toBe(false);
  expect(growth.note('b', 5100, 60_000)).toBe(false);
});

it('forgets what was long ago', () => {
  const growth = new Growth();
  growth.note('a', 0, 0);
  expect(growth.note('a', 1000, 200_000)).toBe(false);
});
