import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { type ApiClient, take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { type Need, needs, type Suspect } from './attention';
import { Growth } from './growth';

const EVERY_MS = 10_000;
/** More than these are not looked at one by one: the worst are among them. */
const MOST = 10;

interface Looked {
  needs: Need[];
  /** There are more that were given up than are shown. */
  isMore: boolean;
}

/** The endpoints that need somebody: those given up, and of the others those with the most failures or backlog. */
export function useAttention(isLive: boolean) {
  const api = useApi();
  const growth = useRef(new Growth());
  return useQuery<Looked>({
    queryKey: api.key('attention'),
    queryFn: ({ signal }) => look(api.client, growth.current, signal),
    refetchInterval: isLive ? EVERY_MS : false,
  });
}

async function look(client: ApiClient, growth: Growth, signal: AbortSignal): Promise<Looked> {
  const top = (by: 'failures' | 'backlog') =>
    take(
      client.GET('/api/v1/webhooks/top', { params: { query: { by, window: '1h', limit: MOST } }, signal }),
    );
  const [failed, failing, waiting] = await Promise.all([
    take(client.GET('/api/v1/webhooks', { params: { query: { status: 'failed', limit: MOST } }, signal })),
    top('failures'),
    top('backlog'),
  ]);
  const ranked = new Map([...waiting.items, ...failing.items].map((one) => [one.webhookId, one]));
  const running = [...ranked.values()].filter(({ status }) => status === 'active' || status === 'paused');
  const now = Date.now();
  const states = await Promise.all(
    running.map(async (one): Promise<Suspect> => {
      const state = await stateOf(client, one.webhookId, signal);
      return {
        id: one.webhookId,
        name: one.name,
        status: one.status,
        statusReason: null,
        attempts: one.attempts,
        failures: one.failures,
        waiting: state?.waiting ?? one.queued,
        inFlight: state?.inFlight ?? null,
        isGrowing: growth.note(one.webhookId, one.queued, now),
        consecutiveFailures: state?.consecutiveFailures ?? 0,
        failingSince: state?.failingSince ?? null,
        breaker: state?.breaker ?? { state: 'closed', until: null },
        heldUntil: state?.heldUntil ?? null,
      };
    }),
  );
  const given = failed.items.map(
    ({ id, name, status, statusReason, consecutiveFailures }): Suspect => ({
      id,
      name,
      status,
      statusReason,
      attempts: 0,
      failures: 0,
      waiting: 0,
      inFlight: null,
      isGrowing: false,
      consecutiveFailures,
      failingSince: null,
      breaker: { state: 'closed', until: null },
      heldUntil: null,
    }),
  );
  return { needs: needs([...given, ...states], now), isMore: failed.nextCursor !== null };
}

async function stateOf(client: ApiClient, id: string, signal: AbortSignal) {
  try {
    return await take(client.GET('/api/v1/webhooks/{id}/state', { params: { path: { id } }, signal }));
  } catch {
    // Deleted a moment ago, or its node is busy: what the ranking says is enough.
    return undefined;
  }
}
