import type { TenantHour } from '../../api/types';

export const WINDOWS = ['1h', '24h', '7d', '30d'] as const;
export type Window = (typeof WINDOWS)[number];

const HOURS: Readonly<Record<Window, number>> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };
const HOUR_MS = 3_600_000;

/** Twice as long, so that what was before is in it too; null for 30 days, which is the most that can be asked for. */
export function twice(window: Window): string | null {
  return window === '30d' ? null : `${2 * HOURS[window]}h`;
}

export interface Sum {
  accepted: number;
  succeeded: number;
  failed: number;
}

export interface Compared {
  last: Sum;
  before: Sum;
}

/**
 * The last whole hours of a window and as many before those, from the hours of twice the window: the hour that goes on
 * would make any comparison unfair. Null where what was before cannot be asked for.
 */
export function compare(hours: readonly TenantHour[], until: number, window: Window): Compared | null {
  if (window === '30d') return null;
  const length = HOURS[window] * HOUR_MS;
  const current = Math.floor(until / HOUR_MS) * HOUR_MS;
  const between = (from: number, to: number) =>
    sum(hours.filter(({ hour }) => Date.parse(hour) >= from && Date.parse(hour) < to));
  return {
    last: between(current - length, current),
    before: between(current - 2 * length, current - length),
  };
}

export function sum(hours: readonly TenantHour[]): Sum {
  const all: Sum = { accepted: 0, succeeded: 0, failed: 0 };
  for (const { accepted, attempts, outcomes } of hours) {
    all.accepted += accepted;
    all.succeeded += outcomes.succeeded;
    all.failed += attempts - outcomes.succeeded;
  }
  return all;
}

export interface Change {
  direction: 'up' | 'down' | 'same';
  text: string;
}

/** How much more or less it is than before; null where there is nothing to compare with. */
export function change(last: number, before: number): Change | null {
  if (before === 0) return last === 0 ? null : { direction: 'up', text: 'none before' };
  const share = last / before - 1;
  const points = Math.round(Math.abs(share) * 100);
  if (points === 0) return { direction: 'same', text: 'as before' };
  const direction = share > 0 ? 'up' : 'down';
  // More than tenfold says more as a factor than in percent.
  const text =
    share >= 9
      ? `${Math.round(last / before)} times as many as before`
      : `${points} % ${share > 0 ? 'more' : 'fewer'} than before`;
  return { direction, text };
}
