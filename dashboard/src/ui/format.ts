import type { Zone } from '../prefs/zone';

const LOCALE = 'en';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const plain = new Intl.NumberFormat(LOCALE);
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });

/** 1,234,567 */
export function number(value: number): string {
  return plain.format(value);
}

/** 1.2M: where there is little room; give the exact number beside it or on hover. */
export function shortNumber(value: number): string {
  return Math.abs(value) < 10_000 ? plain.format(value) : short.format(value);
}

/** 99.7 %, and never 100 % of what was not all. Null: nothing to tell of. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = share * 100;
  if (value >= 99.95 && share < 1) return '99.9 %';
  if (value > 0 && value < 0.1) return '0.1 %';
  return `${value.toFixed(value === 0 || value === 100 ? 0 : 1)} %`;
}

/** 1.5 kB, by thousands. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let scaled = value / 1000;
  let unit = 0;
  while (scaled >= 999.95 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)} ${units[unit] ?? ''}`;
}

/** 111 ms, 1.5 s, 2 min 5 s, 3 h 4 min, 2 d 3 h. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) {
    const seconds = ms / SECOND;
    return seconds < 10 ? `${trim(seconds.toFixed(1))} s` : `${Math.floor(seconds)} s`;
  }
  if (ms < HOUR) return two(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'min');
  return two(ms, DAY, 'd', HOUR, 'h');
}

const trim = (text: string) => text.replace(/\.0$/, '');

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const count = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? `${count} ${largeName}` : `${count} ${largeName} ${rest} ${smallName}`;
}

/** 5 minutes ago, in 3 hours, just now. */
export function relative(at: number, now: number): string {
  const off = at - now;
  const size = Math.abs(off);
  if (size < 5 * SECOND) return off > 0 ? 'in a moment' : 'just now';
  const [count, unit] = inUnit(size);
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return off > 0 ? `in ${words}` : `${words} ago`;
}

function inUnit(size: number): [number, string] {
  if (size < MINUTE) return [Math.floor(size / SECOND), 'second'];
  if (size < HOUR) return [Math.floor(size / MINUTE), 'minute'];
  if (size < DAY) return [Math.floor(size / HOUR), 'hour'];
  if (size < 60 * DAY) return [Math.floor(size / DAY), 'day'];
  if (size < 730 * DAY) return [Math.floor(size / (30 * DAY)), 'month'];
  return [Math.floor(size / (365 * DAY)), 'year'];
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** 2026-01-02 03:04:05.678 UTC, or of here with the offset: 2026-01-02 04:04:05.678 +01:00. */
export function exact(at: number, zone: Zone): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '–';
  if (zone === 'utc') return date.toISOString().replace('T', ' ').replace('Z', ' UTC');
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const size = Math.abs(offset);
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
  return `${day} ${time} ${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** 14:05, or Jan 2, 14:05: for axes. */
export function clockTime(at: number, zone: Zone, withDay = false): string {
  return new Intl.DateTimeFormat(LOCALE, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(withDay ? { month: 'short', day: 'numeric' } : {}),
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).format(at);
}

/** "a, b and c" */
export function list(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);
}

/** 1 delivery, 2 deliveries */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
