import type { Attempt, DeliveryWithAttempts } from '../../api/types';

export type Moment =
  | {
      kind: 'attempt';
      attempt: Attempt;
      /** Until the one after it began; null where there is none, or those between are not shown. */
      waitedMs: number | null;
    }
  /** Attempts that were made and are not in the answer. */
  | { kind: 'gap'; count: number; after: number };

/** A delivery's attempts, the newest first, with how long it waited after each. */
export function timeline(attempts: readonly Attempt[]): Moment[] {
  const moments: Moment[] = [];
  for (const [index, attempt] of attempts.entries()) {
    const next = attempts[index + 1];
    const missing = next === undefined ? 0 : next.number - attempt.number - 1;
    const waitedMs =
      next === undefined || missing > 0
        ? null
        : Math.max(0, Date.parse(next.startedAt) - Date.parse(attempt.startedAt) - attempt.durationMs);
    moments.push({ kind: 'attempt', attempt, waitedMs });
    if (missing > 0) moments.push({ kind: 'gap', count: missing, after: attempt.number });
  }
  return moments.reverse();
}

const SOON_MS = 1_000;
const WAITING_MS = 5_000;

/** When to look again at a delivery that the stream may say nothing of; false: it has ended. */
export function lookAgainMs(
  delivery: Pick<DeliveryWithAttempts, 'status' | 'nextAttemptAt'>,
  now: number,
): number | false {
  if (delivery.status !== 'pending' && delivery.status !== 'retrying') return false;
  const next = delivery.nextAttemptAt === null ? Number.NaN : Date.parse(delivery.nextAttemptAt);
  return next - now > WAITING_MS ? WAITING_MS : SOON_MS;
}

/** How long until then, in words for a clock that ticks: 1:05, 2:03:04; null when it is over. */
export function countdown(at: string, now: number): string | null {
  const left = Math.ceil((Date.parse(at) - now) / 1000);
  if (!(left > 0)) return null;
  const days = Math.floor(left / 86_400);
  const hours = Math.floor((left % 86_400) / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock =
    hours > 0 || days > 0 ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}
