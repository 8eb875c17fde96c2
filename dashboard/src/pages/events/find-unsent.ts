import { type ApiClient, take } from '../../api/client';
import type { Endpoint } from '../../api/types';
import { bodyOf } from './new-event';
import { type Filtered, needsFilter, type Unsent, unsent } from './unsent';
import type { LoadedEvent } from './use-event';

const PAGES = 4;
const PAGE = 250;
/** Filters that are tried: each is a request. */
const TRIED = 50;

interface Found {
  items: Unsent[];
  /** There are endpoints that were not looked at. */
  isMore: boolean;
}

interface Asked {
  /** The ids of those it is owed to. */
  owed: ReadonlySet<string>;
  signal: AbortSignal;
}

/** The endpoints that an event is not owed to, each with why. */
export async function findUnsent(
  client: ApiClient,
  loaded: LoadedEvent,
  { owed, signal }: Asked,
): Promise<Found> {
  const others: Endpoint[] = [];
  let cursor: string | null = '';
  for (let page = 0; page < PAGES && cursor !== null; page++) {
    const query: { limit: number; cursor: string } = { limit: PAGE, cursor };
    const { items, nextCursor }: { items: readonly Endpoint[]; nextCursor: string | null } = await take(
      client.GET('/api/v1/webhooks', { params: { query }, signal }),
    );
    others.push(...items.filter(({ id }) => !owed.has(id)));
    cursor = nextCursor;
  }
  const { event, payload } = loaded;
  const filtered = new Map<string, Filtered>();
  const asked = payload === null ? [] : others.filter((one) => needsFilter(one, event)).slice(0, TRIED);
  for (const { id } of asked) filtered.set(id, await tried(client, id, { loaded, signal }));
  return {
    items: others.map((endpoint) => unsent(endpoint, event, filtered.get(endpoint.id))),
    isMore: cursor !== null,
  };
}

/** What the endpoint's filter says of it; undefined where it could not be asked, as of a payload too large to try. */
async function tried(
  client: ApiClient,
  id: string,
  { loaded: { event, payload }, signal }: { loaded: LoadedEvent; signal: AbortSignal },
): Promise<Filtered> {
  const { event: type, eventId, channels, timestamp } = event;
  const body = bodyOf({
    event: type,
    eventId,
    channels,
    data: payload ?? 'null',
    deliverAt: undefined,
    expiresAt: undefined,
    timestamp,
  });
  try {
    const { filter } = await take(
      client.POST('/api/v1/webhooks/{id}/match', {
        params: { path: { id } },
        body: { event: type, data: null },
        // As it was written: JavaScript's numbers would be others.
        bodySerializer: () => body,
        signal,
      }),
    );
    if (filter === null) return undefined;
    const failing = filter.conditions.filter(({ holds }) => !holds).map(({ path }) => path);
    return { matches: filter.matches, failing: [...new Set(failing)] };
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
