import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { type LastErrors, lastErrors } from './last-errors';

const NONE: LastErrors = new Map();

/**
 * Endpoints do not say what was wrong; their deliveries do. Two requests for the whole list: those of the tenant that
 * failed lately. Asked only where something failed.
 */
export function useLastErrors(isWanted: boolean): LastErrors {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('endpoints', 'last-errors'),
    queryFn: async ({ signal }) => {
      const [retrying, dead] = await Promise.all(
        (['retrying', 'dead'] as const).map((status) =>
          take(api.client.GET('/api/v1/deliveries', { params: { query: { status, limit: 100 } }, signal })),
        ),
      );
      return lastErrors([...(retrying?.items ?? []), ...(dead?.items ?? [])]);
    },
    enabled: isWanted,
    staleTime: 10_000,
    refetchInterval: 15_000,
  });
  return data ?? NONE;
}
