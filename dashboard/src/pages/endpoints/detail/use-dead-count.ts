import { useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { defined } from '../queries';
import { type Found, foundOf } from './found';

const MOST = 250;

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
  });
  return foundOf(data);
}
