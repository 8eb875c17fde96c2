import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import type { StreamedAttempt } from '../api/types';
import { useApi } from '../api/use-api';
import { useSession } from '../session/hooks';
import { session } from '../session/store';
import { Hub, type LiveState } from './hub';
import { throttle } from './throttle';

let current: { key: string; tenant: string; hub: Hub } | undefined;

/** The hub of this key and tenant; the one of another is closed. */
function hubOf(key: string, tenant: string): Hub {
  if (current?.key !== key || current.tenant !== tenant) {
    current?.hub.close();
    current = { key, tenant, hub: new Hub({ key, tenant }, () => session.end('key-refused')) };
  }
  return current.hub;
}

interface Live {
  onAttempt?: (attempt: StreamedAttempt) => void;
  /** Something may have been missed. */
  onGap?: () => void;
}

/** Follows the tenant's attempts while the component is there and `isOn`. The functions may change with each render. */
export function useLive({ onAttempt, onGap }: Live, isOn = true): void {
  const { key } = useSession();
  const { tenant } = useApi();
  const latest = useRef({ onAttempt, onGap });
  latest.current = { onAttempt, onGap };
  useEffect(() => {
    if (!isOn || key === '' || tenant === '') return;
    return hubOf(key, tenant).listen({
      onAttempt: (attempt) => latest.current.onAttempt?.(attempt),
      onGap: () => latest.current.onGap?.(),
    });
  }, [key, tenant, isOn]);
}

/** How the stream stands, for a word about it. Asking opens it. */
export function useLiveState(): LiveState {
  const { key } = useSession();
  const { tenant } = useApi();
  const hub = key === '' || tenant === '' ? undefined : hubOf(key, tenant);
  const subscribe = useCallback(
    (changed: () => void) => hub?.listen({ onState: changed }) ?? (() => undefined),
    [hub],
  );
  return useSyncExternalStore(subscribe, () => hub?.state ?? 'off');
}

/**
 * Asks for these queries anew when attempts that matter to them end, at most once in `everyMs`. The keys are what
 * `api.key(…)` gives: a beginning of a key stands for all that begin so.
 */
export function useLiveQueries(
  keys: readonly QueryKey[],
  {
    matters = () => true,
    everyMs = 2000,
    isOn = true,
  }: { matters?: (attempt: StreamedAttempt) => boolean; everyMs?: number; isOn?: boolean } = {},
): void {
  const queries = useQueryClient();
  const latest = useRef(keys);
  latest.current = keys;
  const throttled = useRef<ReturnType<typeof throttle>>(undefined);
  useEffect(() => {
    const made = throttle(() => {
      for (const queryKey of latest.current) void queries.invalidateQueries({ queryKey });
    }, everyMs);
    throttled.current = made;
    return made.cancel;
  }, [queries, everyMs]);
  useLive(
    {
      onAttempt: (attempt) => {
        if (matters(attempt)) throttled.current?.run();
      },
      onGap: () => throttled.current?.run(),
    },
    isOn,
  );
}
