import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { take } from '../../api/client';
import type { TenantStats } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useLive } from '../../live/hooks';
import { type Compared, compare, twice, type Window } from './window';

const EVERY_MS = 15_000;
/** What was counted is written every 3 seconds: only then is an attempt that has ended in the statistics. */
const WRITTEN_AFTER_MS = 4000;
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

/** Asks for the statistics again once what has just happened is in them. */
export function useFreshStats(isLive: boolean): void {
  const api = useApi();
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey: api.key('stats') });
    }, WRITTEN_AFTER_MS);
  };
  useLive({ onAttempt: soon, onGap: soon }, isLive);
  const latest = useRef(soon);
  latest.current = soon;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another tenant other things have just happened
  useEffect(() => {
    if (!isLive) return;
    // What happened just before may not be in what is there at first.
    latest.current();
    return () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [isLive, api]);
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
