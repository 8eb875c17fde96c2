import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { TenantStats } from '../../api/types';
import { useApi } from '../../api/use-api';
import { type Compared, compare, twice, type Window } from './window';

const EVERY_MS = 15_000;
const COMPARED_EVERY_MS = 60_000;

/** What became of a window's events. `isLive`: asked for again by itself. */
export function useStats(window: Window, isLive: boolean) {
  const api = useApi();
  return useQuery<TenantStats>({
    queryKey: api.key('stats', window),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/stats', { params: { query: { window } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? EVERY_MS : false,
  });
}

/** The window against the one before; null while that is not known, and where it cannot be. */
export function useCompared(window: Window): Compared | null {
  const api = useApi();
  const asked = twice(window);
  const { data } = useQuery<TenantStats>({
    queryKey: api.key('compared', asked),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/stats', { params: { query: { window: asked ?? '30d' } }, signal })),
    enabled: asked !== null,
    staleTime: COMPARED_EVERY_MS,
    refetchInterval: COMPARED_EVERY_MS,
  });
  if (data === undefined || asked === null) return null;
  return compare(data.hours, Date.parse(data.until), window);
}
