import type { EndpointHour } from '../../api/types';
import { count, percent } from '../../ui/format';

const HOUR_MS = 3_600_000;

export interface Day {
  attempts: number[];
  failures: number[];
}

/** The last `hours` hours, this one last; those without anything are zero. */
export function hourly(seen: readonly EndpointHour[], now: number, hours = 24): Day {
  const last = Math.floor(now / HOUR_MS);
  const attempts = new Array<number>(hours).fill(0);
  const failures = new Array<number>(hours).fill(0);
  for (const hour of seen) {
    const index = hours - 1 - (last - Math.floor(Date.parse(hour.hour) / HOUR_MS));
    if (index < 0 || index >= hours) continue;
    attempts[index] = hour.attempts;
    failures[index] = hour.failures;
  }
  return { attempts, failures };
}

/** What a day's line says, in words. */
export function dayInWords(attempts: number, failures: number): string {
  if (attempts === 0) return 'No attempts in the last 24 hours';
  const failed = failures === 0 ? 'none failed' : `${count(failures, 'failed', 'failed')}`;
  return `${count(attempts, 'attempt')} in the last 24 hours, ${failed} (${percent((attempts - failures) / attempts)} succeeded)`;
}
