import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Delivery } from '../../api/types';
import { useApi } from '../../api/use-api';

/** What was wrong last at an endpoint, by its id. */
export type LastErrors = ReadonlyMap<string, string>;

/** Of deliveries, newest first: the error of each endpoint that was written last. */
export function lastErrors(deliveries: readonly Delivery[]): LastErrors {
  const latest = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    if (wordsOf(delivery) === undefined) continue;
    const before = latest.get(delivery.webhookId);
    if (before === undefined || before.updatedAt < delivery.updatedAt)
      latest.set(delivery.webhookId, delivery);
  }
  return new Map([...latest].map(([id, delivery]) => [id, wordsOf(delivery) ?? '']));
}

function wordsOf({ error, responseStatus }: Delivery): string | undefined {
  if (error !== null) return error;
  return responseStatus === null || responseStatus < 300 ? undefined : `it answered ${responseStatus}`;
}

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
