import { expect, it } from 'vitest';
import { areaPath, linePath } from './sparkline-path';

it('goes from 0 at the bottom to the most at the top', () => {
  expect(linePath([0, 5, 10], 100, 23)).toBe('M0 21.5L50 11.5L100 1.5');
});

it('is a flat line of one value or of zeros, and nothing of none', () => {
  expect(linePath([4], 100, 23)).toBe('M0 1.5L100 1.5');
  expect(linePath([0, 0], 100, 23)).toBe('M0 21.5L100 21.5');
  expect(linePath([], 100, 23)).toBe('');
  expect(areaPath([], 100, 23)).toBe('');
  expect(areaPath([0, 1], 10, 3)).toBe('M0 1.5L10 1.5L10 3L0 3Z');
});
