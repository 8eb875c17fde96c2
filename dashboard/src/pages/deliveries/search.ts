import type { DeadReason, DeliveryStatus, StreamedAttempt } from '../../api/types';
import { flag, oneOf, present, text } from '../../app/search';
import { type TimeRange, timeRange } from '../../ui/time-range';
import { DEAD_REASONS, SKIPPED_REASONS } from '../dead-letters/reason';
import { isPattern, matchesPattern } from '../events/pattern';

export const STATUSES = ['pending', 'retrying', 'success', 'dead', 'skipped'] as const;

/** Which deliveries, as an address has it. */
export interface Filter extends TimeRange {
  /** A type, or a pattern of types. */
  event?: string | undefined;
  /** An endpoint's id. */
  endpoint?: string | undefined;
  /** Why they are dead, or were skipped. */
  reason?: DeadReason | undefined;
}

export interface DeliverySearch extends Filter {
  status?: DeliveryStatus | undefined;
  cursor?: string | undefined;
  /** Nothing is said of what is new. */
  paused?: true | undefined;
}

type Raw = Record<string, unknown>;

/** The reasons that there are of deliveries of this status. */
export function reasonsOf(status: DeliveryStatus | undefined): readonly DeadReason[] {
  if (status === 'dead') return DEAD_REASONS;
  return status === 'skipped' ? SKIPPED_REASONS : [];
}

/** A list of deliveries that all have one status names it. */
export function readFilter(raw: Raw, status?: DeliveryStatus): Filter {
  const event = text(raw.event);
  return present({
    event: event !== undefined && isPattern(event) ? event : undefined,
    endpoint: text(raw.endpoint),
    reason: oneOf(raw.reason, reasonsOf(status)),
    ...timeRange(raw),
  });
}

export function readDeliverySearch(raw: Raw): DeliverySearch {
  // The API knows dead ones by this word too.
  const status = raw.status === 'failed' ? 'dead' : oneOf(raw.status, STATUSES);
  return present({
    status,
    ...readFilter(raw, status),
    cursor: text(raw.cursor),
    paused: flag(raw.paused),
  });
}

/** Whether any filter is set. */
export function isFiltered({ status, event, endpoint, reason, range }: DeliverySearch): boolean {
  return [status, event, endpoint, reason, range].some((value) => value !== undefined);
}

/** As the API asks for it, where these reasons are possible. */
export function filterQuery<Reason extends DeadReason>(
  { event, endpoint, reason }: Filter,
  reasons: readonly Reason[],
) {
  return present({ event, webhookId: endpoint, deadReason: oneOf(reason, reasons) });
}

/** The same of a list that has a filter for the status. */
export function deliveryQuery(search: DeliverySearch) {
  return { ...present({ status: search.status }), ...filterQuery(search, reasonsOf(search.status)) };
}

/** Whether an attempt is of a delivery that this list shows, as far as the attempt tells. */
export function concerns({ status, event, endpoint }: DeliverySearch, attempt: StreamedAttempt): boolean {
  return (
    (status === undefined || status === attempt.status) &&
    (endpoint === undefined || endpoint === attempt.webhookId) &&
    (event === undefined || matchesPattern(event, attempt.event))
  );
}
