import { expect, it } from 'vitest';
import { COUNT_STEPS, DURATION_STEPS, mark, SHARE_STEPS } from './axis-steps';
import { duration, percent } from './format';

it('steps grow', () => {
  for (const steps of [COUNT_STEPS, DURATION_STEPS, SHARE_STEPS]) {
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
  }
});

it('counts have no marks between whole numbers', () => {
  expect(COUNT_STEPS.slice(0, 6)).toEqual([1, 2, 5, 10, 20, 50]);
});

it('marks of a duration are of one unit or two', () => {
  expect(DURATION_STEPS.map((step) => duration(step)).filter((text) => text.split(' ').length > 2)).toEqual(
    [],
  );
});

it('a mark has no empty decimals', () => {
  expect(mark(percent(0.8))).toBe('80 %');
  expect(mark(percent(0.125))).toBe('12.5 %');
  expect(mark('10,000')).toBe('10,000');
  expect(mark('1.0M')).toBe('1M');
});
