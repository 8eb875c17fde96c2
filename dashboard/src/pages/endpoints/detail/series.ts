import type { Stats } from '../../../api/types';
import { count, duration, percent } from '../../../ui/format';

/** Attempts that did not succeed, each kind that there was. */
export const FAILURES = [
  { outcome: 'http_error', label: 'Answered with an error', tone: 'bad', isDashed: false },
  { outcome: 'timeout', label: 'No answer in time', tone: 'warn', isDashed: false },
  { outcome: 'unreachable', label: 'Unreachable', tone: 'bad', isDashed: true },
  { outcome: 'tls_error', label: 'TLS failed', tone: 'warn', isDashed: true },
  { outcome: 'protocol_error', label: 'No HTTP', tone: 'quiet', isDashed: false },
  { outcome: 'blocked', label: 'Blocked', tone: 'quiet', isDashed: true },
] as const;

export function attemptsInWords({ attempts, successRate, outcomes }: Stats): string {
  if (attempts === 0) return 'No attempts.';
  const failed = FAILURES.filter(({ outcome }) => outcomes[outcome] > 0).map(
    ({ outcome, label }) => `${label.toLowerCase()}: ${outcomes[outcome]}`,
  );
  const rest = failed.length === 0 ? '' : `; ${failed.join(', ')}`;
  return `${count(attempts, 'attempt')}, ${percent(successRate)} succeeded${rest}.`;
}

export function latencyInWords({ latencyMs: { p50, p95, p99 } }: Stats): string {
  if (p50 === null || p95 === null || p99 === null) return 'No attempts.';
  return `Half took ${duration(p50)} or less, 95 % ${duration(p95)} or less, 99 % ${duration(p99)} or less.`;
}
