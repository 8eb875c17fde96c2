import { instant, oneOf } from '../app/search';
import type { Zone } from '../prefs/zone';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const RANGES = ['15m', '1h', '24h', '7d', '30d', 'custom'] as const;
export type RangeName = (typeof RANGES)[number];

const SPANS: Readonly<Record<Exclude<RangeName, 'custom'>, number>> = {
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
};

/** From when to when, as an address has it. Nothing: any time. */
export interface TimeRange {
  range?: RangeName | undefined;
  /** Of a custom one. */
  since?: string | undefined;
  until?: string | undefined;
}

/** Read from search params: instants are of a custom range, whether it is called so or not. */
export function timeRange(raw: Record<string, unknown>): TimeRange {
  const since = instant(raw.since);
  const until = instant(raw.until);
  const range = oneOf(raw.range, RANGES);
  if (range !== undefined && range !== 'custom') return { range, since: undefined, until: undefined };
  const isCustom = range === 'custom' || since !== undefined || until !== undefined;
  return { range: isCustom ? 'custom' : undefined, since, until };
}

export interface Bounds {
  since?: string;
  until?: string;
}

/** What to ask the API for. */
export function bounds({ range, since, until }: TimeRange, now: number): Bounds {
  if (range === undefined) return {};
  if (range !== 'custom') return { since: new Date(now - SPANS[range]).toISOString() };
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

/** Whether it ends before now: nothing new comes into it. */
export function isPast({ range, until }: TimeRange, now: number): boolean {
  return range === 'custom' && until !== undefined && Date.parse(until) <= now;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** An instant as `<input type="datetime-local">` has it, of here or in UTC. */
export function toInput(at: string | undefined, zone: Zone): string {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  if (Number.isNaN(time)) return '';
  const date = new Date(time);
  if (zone === 'utc') return date.toISOString().slice(0, 19);
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** The instant that somebody chose; undefined for none, or half of one. */
export function fromInput(text: string, zone: Zone): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) return undefined;
  const time = Date.parse(zone === 'utc' ? `${text}Z` : text);
  // The API knows no time before 1970.
  return Number.isNaN(time) || time < 0 ? undefined : new Date(time).toISOString();
}
