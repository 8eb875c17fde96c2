import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { take, takeTagged } from '../../api/client';
import type { Endpoint } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useLiveQueries } from '../../live/hooks';
import { USUAL } from './form/usual';
import type { ListSearch } from './list-search';

export const LIST_WINDOW = '24h';
const LIST_EVERY_MS = 15_000;
/** Attempts are counted every three seconds. */
const LIVE_EVERY_MS = 4000;

/** A page of the endpoints, with what came of a day's attempts. */
export function useEndpoints({ q, status, event, userId, cursor }: ListSearch) {
  const api = useApi();
  const query = { q, status, event, userId, cursor, stats: LIST_WINDOW };
  useLiveQueries([api.key('endpoints', 'list'), api.key('endpoints', 'last-errors')], {
    everyMs: LIVE_EVERY_MS,
  });
  return useQuery({
    queryKey: api.key('endpoints', 'list', query),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/webhooks', { params: { query: defined(query) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LIST_EVERY_MS,
  });
}

export function useRanking(by: NonNullable<ListSearch['by']>) {
  const api = useApi();
  useLiveQueries([api.key('endpoints', 'top')], { everyMs: LIVE_EVERY_MS });
  return useQuery({
    queryKey: api.key('endpoints', 'top', by),
    queryFn: ({ signal }) =>
      take(
        api.client.GET('/api/v1/webhooks/top', {
          params: { query: { by, window: LIST_WINDOW, limit: 50 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: LIST_EVERY_MS,
  });
}

/** One endpoint, and its ETag to change that version of it and no other. */
export function useEndpoint(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: api.key('endpoints', 'one', id),
    queryFn: ({ signal }) =>
      takeTagged(api.client.GET('/api/v1/webhooks/{id}', { params: { path: { id } }, signal })),
    refetchInterval: LIST_EVERY_MS,
  });
}

/** After a change: the new version is shown, and whatever counts or lists endpoints is asked for anew. */
export function useEndpointChanged() {
  const api = useApi();
  const queries = useQueryClient();
  return (changed: { data: Endpoint; etag: string | null }) => {
    // Without its ETag a version cannot be changed safely: it is asked for where it is needed.
    if (changed.etag !== null) queries.setQueryData(api.key('endpoints', 'one', changed.data.id), changed);
    void queries.invalidateQueries({ queryKey: api.key('endpoints', 'list') });
    void queries.invalidateQueries({ queryKey: api.key('endpoints', 'top') });
    void queries.invalidateQueries({ queryKey: api.key('endpoints', 'state', changed.data.id) });
  };
}

/** What a new endpoint gets where nothing else is said. */
export function useEndpointDefaults() {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('endpoints', 'defaults'),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/webhooks/defaults', { signal })),
    placeholderData: USUAL,
    staleTime: 60_000,
  });
  return data ?? USUAL;
}

/** The catalogue of event types, as far as one page goes: enough to choose from. */
export function useCatalogue() {
  const api = useApi();
  return useQuery({
    queryKey: api.key('event-types', 'choice'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/event-types', { params: { query: { limit: 250 } }, signal })),
    staleTime: 60_000,
  });
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without what is undefined, which is not to be asked for. */
export function defined<T extends object>(query: T): Defined<T> {
  const kept: Defined<T> = {};
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) Object.assign(kept, { [name]: value });
  }
  return kept;
}
