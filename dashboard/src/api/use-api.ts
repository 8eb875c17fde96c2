import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useSession } from '../session/hooks';
import { session } from '../session/store';
import { type ApiClient, createApiClient } from './client';

export interface Api {
  /** Typed: `api.client.GET('/api/v1/webhooks', { params, signal })`. Throws an ApiError. */
  client: ApiClient;
  tenant: string;
  /** A query's key: what is of one tenant never meets another's. */
  key: (noun: string, ...rest: readonly unknown[]) => readonly unknown[];
}

const refused = () => session.end('key-refused');

/** The API for the tenant in the page's address. */
export function useApi(): Api {
  const { key } = useSession();
  const { tenant } = useParams({ strict: false });
  return useMemo(() => {
    const of = tenant ?? '';
    return {
      client: createApiClient({ key, tenant: of === '' ? null : of, onUnauthorized: refused }),
      tenant: of,
      key: (noun, ...rest) => [of, noun, ...rest],
    };
  }, [key, tenant]);
}

/** The API for what is of the whole instance: tenants, operators' keys, the system. */
export function useInstanceApi(): Api {
  const { key } = useSession();
  return useMemo(
    () => ({
      client: createApiClient({ key, tenant: null, onUnauthorized: refused }),
      tenant: '',
      key: (noun, ...rest) => ['', noun, ...rest],
    }),
    [key],
  );
}
