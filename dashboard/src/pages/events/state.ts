import type { Event } from '../../api/types';

export type State = 'accepted' | 'scheduled' | 'cancelled' | 'expired';

/** How an event stands: one that has a time waits for it, one past its end is not sent any more. */
export function stateOf(
  { deliverAt, expiresAt, cancelledAt }: Pick<Event, 'deliverAt' | 'expiresAt' | 'cancelledAt'>,
  now: number,
): State {
  if (cancelledAt !== null) return 'cancelled';
  // Null once its time has come, however the clocks stand.
  if (deliverAt !== null) return 'scheduled';
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return 'expired';
  return 'accepted';
}
