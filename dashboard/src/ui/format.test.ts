import { describe, expect, it } from 'vitest';
import {
  bytes,
  clockTime,
  count,
  duration,
  exact,
  list,
  number,
  percent,
  relative,
  shortNumber,
} from './format';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('numbers', () => {
  it('are written with commas, and short where there is no room', () => {
    expect(number(1_234_567)).toBe('1,234,567');
    expect(shortNumber(9_999)).toBe('9,999');
    expect(shortNumber(1_234_567)).toBe('1.2M');
    expect(count(1, 'delivery', 'deliveries')).toBe('1 delivery');
    expect(count(2000, 'event')).toBe('2,000 events');
  });

  it.each([
    [null, '–'],
    [1, '100 %'],
    [0, '0 %'],
    [0.99999, '99.9 %'],
    [0.00001, '0.1 %'],
    [0.756, '75.6 %'],
  ])('share %s is %s', (share, written) => {
    expect(percent(share)).toBe(written);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [262_144, '262 kB'],
    [999_990, '1.0 MB'],
    [25_000_000_000, '25.0 GB'],
  ])('%i bytes are %s', (value, written) => {
    expect(bytes(value)).toBe(written);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [111.4, '111 ms'],
    [1500, '1.5 s'],
    [2000, '2 s'],
    [59_999, '59 s'],
    [125_000, '2 min 5 s'],
    [2 * MINUTE, '2 min'],
    [3 * HOUR + 4 * MINUTE, '3 h 4 min'],
    [2 * DAY + 3 * HOUR, '2 d 3 h'],
    [-1500, '-1.5 s'],
  ])('%i ms is %s', (ms, written) => {
    expect(duration(ms)).toBe(written);
  });
});

describe('relative', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  it.each([
    [0, 'just now'],
    [-4 * SECOND, 'just now'],
    [4 * SECOND, 'in a moment'],
    [-30 * SECOND, '30 seconds ago'],
    [-MINUTE, '1 minute ago'],
    [-59 * MINUTE, '59 minutes ago'],
    [3 * HOUR, 'in 3 hours'],
    [-DAY, '1 day ago'],
    [-59 * DAY, '59 days ago'],
    [-60 * DAY, '2 months ago'],
    [-3 * 365 * DAY, '3 years ago'],
  ])('%i ms from now is %s', (off, written) => {
    expect(relative(now + off, now)).toBe(written);
  });
});

describe('exact', () => {
  it('is to the millisecond, in UTC or with the offset of here', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(exact(at, 'utc')).toBe('2026-01-02 03:04:05.678 UTC');
    expect(exact(at, 'local')).toMatch(/^2026-01-0[123] \d\d:\d\d:05\.678 [+-]\d\d:\d\d$/);
    const [day, time, offset] = exact(at, 'local').split(' ');
    expect(Date.parse(`${day}T${time}${offset}`)).toBe(at);
    expect(exact(Number.NaN, 'utc')).toBe('–');
  });

  it('has a short form for axes', () => {
    const at = Date.UTC(2026, 0, 2, 0, 4, 5);
    expect(clockTime(at, 'utc')).toBe('00:04');
    expect(clockTime(at, 'utc', true)).toBe('Jan 2, 00:04');
  });
});

it('lists', () => {
  expect(list(['a', 'b', 'c'])).toBe('a, b and c');
  expect(list(['a'])).toBe('a');
});
