import type { DeadReason } from '../../api/types';

/** Why a delivery was given up or skipped: what it is called, what it means, what comes next. */
export interface Reason {
  title: string;
  meaning: string;
  next: string;
}

/** Of dead letters. */
export const DEAD_REASONS = [
  'exhausted',
  'gone',
  'endpoint_failed',
  'endpoint_disabled',
  'poison',
  'retention',
] as const satisfies readonly DeadReason[];

/** Of deliveries that were skipped. */
export const SKIPPED_REASONS = [
  'endpoint_deleted',
  'expired',
  'cancelled',
] as const satisfies readonly DeadReason[];

const REASONS: Readonly<Record<DeadReason, Reason>> = {
  exhausted: {
    title: 'Attempts exhausted',
    meaning: 'Every attempt failed, and its retries are used up.',
    next: 'Look at a last attempt to see why, mend the receiver, then replay.',
  },
  gone: {
    title: 'Gone (410)',
    meaning:
      'The receiver answered 410: it says that nobody is there any more. The endpoint was given up with it.',
    next: 'If that was a mistake, set the endpoint to active, then replay.',
  },
  endpoint_failed: {
    title: 'Endpoint failed',
    meaning: 'The endpoint failed for too long and was given up while this was waiting.',
    next: 'Mend the receiver, set the endpoint to active, then replay.',
  },
  endpoint_disabled: {
    title: 'Endpoint disabled',
    meaning: 'Somebody disabled the endpoint while this was waiting.',
    next: 'Set the endpoint to active, then replay; or leave it, if it is not wanted any more.',
  },
  poison: {
    title: 'Cannot be sent',
    meaning: 'Nothing could be made of the event: the endpoint’s template or format fails on it.',
    next: 'Mend the endpoint’s template, then replay.',
  },
  retention: {
    title: 'Too old',
    meaning: 'It waited for so long that its time of being kept was over.',
    next: 'Its payload may be gone, and then it cannot be replayed: publish the event again.',
  },
  endpoint_deleted: {
    title: 'Endpoint deleted',
    meaning: 'Its endpoint was deleted before it could be sent.',
    next: 'It cannot be sent any more.',
  },
  expired: {
    title: 'Expired',
    meaning: 'The event’s expiresAt came before it was delivered.',
    next: 'Publish the event again if it is still wanted.',
  },
  cancelled: {
    title: 'Cancelled',
    meaning: 'The event was cancelled before its time came.',
    next: 'Publish it again if it is wanted after all.',
  },
};

const UNKNOWN = { meaning: 'It was given up.', next: 'Look at one of the deliveries.' };

export function reasonOf(reason: string | null): Reason {
  if (reason === null) return { ...UNKNOWN, title: 'No reason kept' };
  return (REASONS as Record<string, Reason>)[reason] ?? { ...UNKNOWN, title: reason };
}
