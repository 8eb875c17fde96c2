import type { DeliveryStatus, StreamedAttempt } from '../../api/types';
import { flag, oneOf, present, text } from '../../app/search';
import { type TimeRange, timeRange } from '../../ui/time-range';
import { isPattern, matchesPattern } from '../events/pattern';

export const STATUSES = ['pending', 'retrying', 'success', 'dead', 'skipped'] as const;

/** Which deliveries, as an address has it. */
export interface Filter extends TimeRange {
  /** A type, or a pattern of types. */
  event?: string | undefined;
  /** An endpoint's id. */
  endpoint?: string | undefined;
}

export interface DeliverySearch extends Filter {
  status?: DeliveryStatus | undefined;
  cursor?: string | undefined;
  /** Nothing is said of what is new. */
  paused?: true | undefined;
}

type Raw = Record<string, unknown>;

export function readFilter(raw: Raw): Filter {
  const event = text(raw.event);
  return present({
    event: event !== undefined && isPattern(event) ? event : undefined,
    endpoint: text(raw.endpoint),
    ...timeRange(raw),
  });
}

export function readDeliverySearch(raw: Raw): DeliverySearch {
  return present({
    // The API knows dead ones by this word too.
    status: raw.status === 'failed' ? 'dead' : oneOf(raw.status, STATUSES),
    ...readFilter(raw),
    cursor: text(raw.cursor),
    paused: flag(raw.paused),
  });
}

/** Whether any filter is set. */
export function isFiltered({ status, event, endpoint, range }: DeliverySearch): boolean {
  return [status, event, endpoint, range].some((value) => value !== undefined);
}

/** Whether an attempt is of a delivery that this list shows, as far as the attempt tells. */
export function concerns({ status, event, endpoint }: DeliverySearch, attempt: StreamedAttempt): boolean {
  return (
    (status === undefined || status === attempt.status) &&
    (endpoint === undefined || endpoint === attempt.webhookId) &&
    (event === undefined || matchesPattern(event, attempt.event))
  );
}
