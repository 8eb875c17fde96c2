import { useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';

const EVERY_MS = 2000;

/** What the endpoint's actor goes by, asked again and again while somebody looks. */
export function useEndpointState(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: api.key('endpoints', 'state', id),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/webhooks/{id}/state', { params: { path: { id } }, signal })),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
}
