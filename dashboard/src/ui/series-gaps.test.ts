import { expect, it } from 'vitest';
import { byHour, filled, hoursBetween, lonely } from './series-gaps';

it('puts in the hours in which nothing was', () => {
  const times = hoursBetween('2026-01-02T01:30:00.000Z', '2026-01-02T04:00:00.000Z');
  expect(times.map((time) => new Date(time).getUTCHours())).toEqual([1, 2, 3, 4]);
  const hours = [{ hour: '2026-01-02T03:00:00.000Z', attempts: 4 }];
  expect(byHour(times, hours, ({ attempts }) => attempts, 0)).toEqual([0, 0, 4, 0]);
});

it('is as long as there are times', () => {
  expect(filled([1], 3)).toEqual([1, null, null]);
  expect(filled([1, 2, 3], 2)).toEqual([1, 2]);
});

it('finds values that no line would show', () => {
  expect(lonely([null, 1, null, 2, 3, null, 4])).toEqual([1, 6]);
  expect(lonely([])).toEqual([]);
});
