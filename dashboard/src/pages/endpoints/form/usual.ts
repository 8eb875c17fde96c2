import type { EndpointDefaults } from '../../../api/schema';
import { number } from '../../../ui/format';

/** The waits before its attempts, and what a list of them begins with. */
export const WAITS = ['0s', '1m', '5m', '15m'] as const;

/** What a new endpoint gets where nothing is configured: shown until Hookyard has told its own. */
export const USUAL: EndpointDefaults = {
  rateLimitEnabled: false,
  maxRequestsPerMinute: 60,
  burst: 10,
  maxInFlight: 8,
  timeoutMs: 15_000,
  timeoutMsMax: 30_000,
  maxRetries: 3,
  retrySchedule: [...WAITS],
  autoDisableAfter: 20,
  autoDisableMinDuration: '1h',
};

export function scheduleInWords({ retrySchedule }: EndpointDefaults): string {
  if (Array.isArray(retrySchedule)) {
    const [first, ...rest] = retrySchedule;
    // At once, and then so.
    return (first === '0s' && rest.length > 0 ? rest : retrySchedule).join(', ');
  }
  return `growing from ${retrySchedule.initial} to ${retrySchedule.max}`;
}

export function rateInWords({ rateLimitEnabled, maxRequestsPerMinute, burst }: EndpointDefaults): string {
  return rateLimitEnabled
    ? `at most ${number(maxRequestsPerMinute)} a minute, ${number(burst)} at once`
    : 'none';
}

export function givingUpAsUsual({ autoDisableAfter, autoDisableMinDuration }: EndpointDefaults): string {
  return autoDisableAfter === null
    ? 'never'
    : `after ${number(autoDisableAfter)} failures over ${autoDisableMinDuration}`;
}
