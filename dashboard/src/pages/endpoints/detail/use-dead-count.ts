import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { count } from '../../../ui/format';
import { defined } from '../queries';

const MOST = 250;

export interface Found {
  /** Undefined while it is not known. */
  count: number | undefined;
  /** There are more than were counted. */
  isMore: boolean;
  words: string;
}

/** How many dead letters of an endpoint are within a range, counted up to a page. */
export function useDeadCount(
  id: string,
  range: { since: string | undefined; until: string | undefined; event: string | undefined },
  isWanted: boolean,
): Found {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('deliveries', 'dead-count', id, range),
    queryFn: ({ signal }) =>
      take(
        api.client.GET('/api/v1/webhooks/{id}/deliveries', {
          params: { path: { id }, query: { ...defined(range), status: 'dead', limit: MOST } },
          signal,
        }),
      ),
    enabled: isWanted,
    placeholderData: keepPreviousData,
  });
  return foundOf(data);
}

export function foundOf(page: { items: readonly unknown[]; nextCursor: string | null } | undefined): Found {
  if (page === undefined) return { count: undefined, isMore: false, words: ' ' };
  const { length } = page.items;
  const isMore = page.nextCursor !== null;
  if (length === 0 && !isMore) return { count: 0, isMore, words: 'There are no dead letters in this range.' };
  return {
    count: length,
    isMore,
    words: `${isMore ? 'More than ' : ''}${count(length, 'dead letter')} ${length === 1 ? 'is' : 'are'} in this range.`,
  };
}
