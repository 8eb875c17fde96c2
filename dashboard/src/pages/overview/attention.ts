import { count, duration, number, percent } from '../../ui/format';
import { FAILING_IN_A_ROW } from '../endpoints/failing';

/** What is known of an endpoint that may need somebody. */
export interface Suspect {
  id: string;
  name: string;
  status: string;
  statusReason: string | null;
  /** Of the last hour. */
  attempts: number;
  failures: number;
  waiting: number;
  /** Null where its node does not say. */
  inFlight: number | null;
  /** More wait than some seconds ago, and did before that. */
  isGrowing: boolean;
  consecutiveFailures: number;
  failingSince: string | null;
  breaker: { state: string; until: string | null };
  heldUntil: string | null;
}

export interface Need {
  id: string;
  name: string;
  status: string;
  tone: 'bad' | 'warn';
  /** A word for it. */
  what: string;
  reason: string;
  next: string;
  /** The larger, the more urgent. */
  weight: number;
}

const FAILURES_SHOWN = 3;
const FAILED_SHARE = 0.2;

/** Endpoints that need somebody, the most urgent first, each with why and what to do. */
export function needs(suspects: readonly Suspect[], now: number): Need[] {
  return suspects
    .flatMap((suspect) => need(suspect, now) ?? [])
    .sort((a, b) => b.weight - a.weight || a.name.localeCompare(b.name));
}

export function need(suspect: Suspect, now: number): Need | null {
  const { id, name, status } = suspect;
  const found = given(suspect) ?? held(suspect, now) ?? failing(suspect, now) ?? backlog(suspect);
  return found === null ? null : { id, name, status, ...found };
}

type Found = Omit<Need, 'id' | 'name' | 'status'>;

function given({ status, statusReason }: Suspect): Found | null {
  if (status !== 'failed') return null;
  const why = statusReason === null ? 'It failed for too long' : sentence(statusReason);
  return {
    tone: 'bad',
    what: 'Given up',
    reason: `${why}. New events are not owed to it.`,
    next: 'Mend the receiver, set the endpoint active again, then replay its dead letters.',
    weight: 1000,
  };
}

function held(
  { breaker, consecutiveFailures, failingSince, heldUntil, inFlight, waiting }: Suspect,
  now: number,
): Found | null {
  if (breaker.state !== 'closed') {
    const until = breaker.until === null ? Number.NaN : Date.parse(breaker.until) - now;
    const isOver = breaker.state === 'probing' || !(until > 0);
    const probe = isOver ? probing(inFlight) : `the next probe is in ${roughly(until)}`;
    return {
      tone: 'bad',
      what: 'Breaker open',
      reason: `${times(consecutiveFailures)}${since(failingSince, now)}; ${probe}${waits(waiting)}.`,
      next: 'Look at its last answers. Deliveries go on by themselves once a probe succeeds.',
      weight: 800,
    };
  }
  const hold = heldUntil === null ? 0 : Date.parse(heldUntil) - now;
  if (hold > 0) {
    return {
      tone: 'warn',
      what: 'Asked to wait',
      reason: `The receiver answered with Retry-After: nothing is sent for another ${roughly(hold)}${waits(waiting)}.`,
      next: 'If this comes often, give the endpoint a rate limit that its receiver can take.',
      weight: 500,
    };
  }
  return null;
}

function failing(
  { attempts, failures, consecutiveFailures, failingSince, waiting }: Suspect,
  now: number,
): Found | null {
  const share = attempts === 0 ? 0 : failures / attempts;
  if (consecutiveFailures >= FAILING_IN_A_ROW) {
    return {
      tone: 'bad',
      what: 'Failing',
      reason: `${times(consecutiveFailures)}${since(failingSince, now)}${waits(waiting)}.`,
      next: 'Look at the answer of its last attempt, and send it a test.',
      weight: 700,
    };
  }
  if (failures >= FAILURES_SHOWN && share >= FAILED_SHARE) {
    return {
      tone: 'warn',
      what: 'Failing at times',
      reason: `${number(failures)} of ${count(attempts, 'attempt')} in the last hour failed (${percent(share)}).`,
      next: 'Look at its failed deliveries for what they have in common.',
      weight: 400,
    };
  }
  return null;
}

function backlog({ status, waiting, isGrowing }: Suspect): Found | null {
  if (waiting === 0) return null;
  if (status === 'paused') {
    return {
      tone: 'warn',
      what: 'Paused',
      reason: `${count(waiting, 'delivery waits', 'deliveries wait')} until it is resumed.`,
      next: 'Resume it when its receiver is ready: they are sent at its rate.',
      weight: 200,
    };
  }
  if (!isGrowing) return null;
  return {
    tone: 'warn',
    what: 'Backlog grows',
    reason: `${count(waiting, 'delivery waits', 'deliveries wait')}, and more come than are sent.`,
    next: 'Raise its rate limit or its requests in flight, if the receiver can take more.',
    weight: 300,
  };
}

/** The pause is over: what is due next is the probe, and there may be nothing due for hours. */
const probing = (inFlight: number | null) =>
  inFlight === 0 ? 'the next delivery that is due is the probe' : 'a probe is under way';
const times = (failures: number) => `${count(failures, 'attempt')} failed in a row`;
const waits = (waiting: number) =>
  waiting === 0 ? '' : `; ${count(waiting, 'delivery waits', 'deliveries wait')}`;

function since(at: string | null, now: number): string {
  const length = at === null ? Number.NaN : now - Date.parse(at);
  return length > 60_000 ? `, for ${roughly(length)}` : '';
}

/** In its largest unit. */
function roughly(ms: number): string {
  const parts = duration(Math.max(1000, Math.floor(ms / 1000) * 1000)).split(' ');
  return parts.slice(0, 2).join(' ');
}

function sentence(text: string): string {
  const trimmed = text.trim().replace(/\.$/, '');
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
}
