import type { RetrySchedule } from '../../../api/schema';
import { spanMs } from './span';

export interface Planned {
  /** 1 for the first. */
  attempt: number;
  /** After the attempt before. */
  waitMs: number;
  /** After the event was published, without what chance adds. */
  atMs: number;
}

/** What a schedule adds by chance to each wait, as a share of it. */
export function chance(schedule: RetrySchedule): number {
  return Array.isArray(schedule) ? 0.1 : schedule.jitter;
}

/** When each attempt is made if all before it fail; undefined where the schedule cannot be read. */
export function plan(schedule: RetrySchedule, maxRetries: number): Planned[] | undefined {
  const waits = Array.isArray(schedule) ? listed(schedule) : growing(schedule);
  if (waits === undefined || !Number.isInteger(maxRetries) || maxRetries < 0 || maxRetries > 100)
    return undefined;
  const planned: Planned[] = [];
  let atMs = 0;
  for (let attempt = 1; attempt <= maxRetries + 1; attempt++) {
    const waitMs = waits(attempt);
    atMs += waitMs;
    planned.push({ attempt, waitMs, atMs });
  }
  return planned;
}

type Waits = (attempt: number) => number;

function listed(schedule: readonly string[]): Waits | undefined {
  const waits = schedule.map(spanMs);
  if (waits.length === 0 || waits.includes(undefined)) return undefined;
  return (attempt) => waits[Math.min(attempt, waits.length) - 1] ?? 0;
}

function growing(schedule: { initial: string; factor: number; max: string }): Waits | undefined {
  const initial = spanMs(schedule.initial);
  const max = spanMs(schedule.max);
  if (initial === undefined || max === undefined || !(schedule.factor >= 1)) return undefined;
  return (attempt) => (attempt === 1 ? 0 : Math.min(max, initial * schedule.factor ** (attempt - 2)));
}

/** Where on a line of 0 to 1 a time is drawn: seconds and days are to be told apart on the same one. */
export function position(atMs: number, lastMs: number): number {
  if (lastMs <= 0) return 0;
  return Math.log1p(atMs / 1000) / Math.log1p(lastMs / 1000);
}
