import type { Endpoint, EndpointState } from '../../../api/types';
import { count } from '../../../ui/format';

export interface Said {
  tone: 'good' | 'warn' | 'bad' | 'quiet';
  /** How it is. */
  text: string;
  /** What to do, or what happens by itself. */
  next: string;
}

/** How an endpoint is and what comes next, in two sentences. */
export function stateInWords(
  endpoint: Pick<Endpoint, 'statusReason'>,
  state: EndpointState,
  now: number,
): Said {
  if (state.status === 'failed') {
    return {
      tone: 'bad',
      text: endpoint.statusReason ?? 'It was given up.',
      next: 'Mend the receiver, send a test, then enable it. It starts clean; replay its dead letters, and what came meanwhile as a backfill.',
    };
  }
  if (state.status === 'disabled') {
    return {
      tone: 'quiet',
      text: 'Its owner turned it off: new events are not owed to it.',
      next: 'Enable it to go on. What was owed is in its dead letters; what came meanwhile can be had as a backfill.',
    };
  }
  if (state.status === 'paused') {
    return {
      tone: 'warn',
      text: `Its owner holds it: ${count(state.waiting, 'delivery waits', 'deliveries wait')}, and nothing is sent.`,
      next: 'Resume it, and what waits goes out at its rate. Nothing is lost.',
    };
  }
  if (state.heldUntil !== null && Date.parse(state.heldUntil) > now) {
    return {
      tone: 'warn',
      text: 'The receiver asked to be left alone (Retry-After).',
      next: 'Nothing is to be done: sending goes on by itself when the time is over.',
    };
  }
  return breakerInWords(state);
}

function breakerInWords({ breaker, consecutiveFailures }: EndpointState): Said {
  if (breaker.state === 'open') {
    return {
      tone: 'bad',
      text: `The breaker is open: ${count(consecutiveFailures, 'attempt')} failed in a row, so nothing is sent for a while.`,
      next: 'Look at the last error and mend the receiver. One attempt, the probe, is made when the pause is over; what waits uses up no attempts.',
    };
  }
  if (breaker.state === 'probing') {
    return {
      tone: 'warn',
      text: 'The breaker is probing: one request at a time is sent, to see whether the receiver is up again.',
      next: 'If it succeeds, sending speeds up again with each round; if it fails, the pause doubles.',
    };
  }
  if (consecutiveFailures > 0) {
    return {
      tone: 'warn',
      text: `The last ${consecutiveFailures === 1 ? 'attempt' : `${consecutiveFailures} attempts`} failed.`,
      next: 'What failed is tried again by the retry schedule. Look at the last error.',
    };
  }
  return { tone: 'good', text: 'Deliveries flow.', next: '' };
}
