import { expect, it } from 'vitest';
import { spanFault, spanMs } from './span';

it('reads lengths of time as the API writes them', () => {
  expect(spanMs('0s')).toBe(0);
  expect(spanMs('1h30m')).toBe(5_400_000);
  expect(spanMs(' 2d ')).toBe(172_800_000);
  expect(spanMs('500ms')).toBe(500);
  for (const wrong of ['', '5', '5x', '1m1h', '-1s', '1.5h']) expect(spanMs(wrong)).toBeUndefined();
});

it('says what is wrong', () => {
  expect(spanFault('7d')).toBeUndefined();
  expect(spanFault('8d')).toBe('At most 7 days.');
  expect(spanFault('soon')).toMatch(/length of time/);
});
