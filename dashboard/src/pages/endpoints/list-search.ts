import { oneOf, present, text } from '../../app/search';

export const STATUSES = ['active', 'paused', 'disabled', 'failed'] as const;
export const RANKINGS = ['failures', 'latency', 'backlog'] as const;

export interface ListSearch {
  q?: string;
  status?: (typeof STATUSES)[number];
  event?: string;
  userId?: string;
  /** Ranked by this instead of newest first. */
  by?: (typeof RANKINGS)[number];
  cursor?: string;
}

export function readListSearch(search: Record<string, unknown>): ListSearch {
  return present({
    q: text(search.q),
    status: oneOf(search.status, STATUSES),
    event: text(search.event),
    userId: text(search.userId),
    by: oneOf(search.by, RANKINGS),
    cursor: text(search.cursor),
  });
}

export const isFiltered = ({ q, status, event, userId }: ListSearch): boolean =>
  [q, status, event, userId].some((value) => value !== undefined);

/** Undefined takes something out of the address. */
export type ListSearchChange = { [Name in keyof ListSearch]?: ListSearch[Name] | undefined };
