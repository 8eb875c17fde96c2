import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { KnownType } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';

const NONE: readonly KnownType[] = [];

/** The catalogue's first types, to choose from. Without it one types: no error is shown, and a producer's key does not ask. */
export function useEventTypes(): { types: readonly KnownType[] } {
  const api = useApi();
  const { can } = useSession();
  const list = useQuery({
    queryKey: api.key('event-types', 'names'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/event-types', { params: { query: { limit: 250 } }, signal })),
    staleTime: 30_000,
    enabled: can('read'),
  });
  return { types: list.data?.items ?? NONE };
}
