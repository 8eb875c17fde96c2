import { expect, it } from 'vitest';
import { dayInWords, hourly } from './hourly';

it('fills the hours that are left out', () => {
  const now = Date.parse('2026-01-02T03:30:00Z');
  const day = hourly(
    [
      { hour: '2026-01-01T03:00:00.000Z', attempts: 9, failures: 9 },
      { hour: '2026-01-02T02:00:00.000Z', attempts: 4, failures: 1 },
      { hour: '2026-01-02T03:00:00.000Z', attempts: 2, failures: 0 },
    ],
    now,
    3,
  );
  expect(day).toEqual({ attempts: [0, 4, 2], failures: [0, 1, 0] });
});

it('says it in words', () => {
  expect(dayInWords(0, 0)).toBe('No attempts in the last 24 hours');
  expect(dayInWords(4, 1)).toBe('4 attempts in the last 24 hours, 1 failed (75.0 % succeeded)');
  expect(dayInWords(1, 0)).toBe('1 attempt in the last 24 hours, none failed (100 % succeeded)');
});
