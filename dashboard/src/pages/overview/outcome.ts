import type { Outcomes } from '../../api/types';
import type { Series } from '../../ui/time-series';

interface Named {
  outcome: keyof Outcomes;
  text: string;
  tone: Series['tone'];
  isDashed: boolean;
}

/** What attempts end with, as it is called and drawn. */
export const OUTCOMES: readonly Named[] = [
  { outcome: 'succeeded', text: 'Succeeded', tone: 'good', isDashed: false },
  { outcome: 'http_error', text: 'HTTP error', tone: 'bad', isDashed: false },
  { outcome: 'timeout', text: 'Timeout', tone: 'warn', isDashed: false },
  { outcome: 'unreachable', text: 'Unreachable', tone: 'accent', isDashed: false },
  { outcome: 'tls_error', text: 'TLS error', tone: 'quiet', isDashed: false },
  { outcome: 'protocol_error', text: 'Protocol error', tone: 'warn', isDashed: true },
  { outcome: 'blocked', text: 'Blocked', tone: 'bad', isDashed: true },
];

export const outcomeText = (outcome: string): string =>
  OUTCOMES.find((one) => one.outcome === outcome)?.text ?? outcome;
