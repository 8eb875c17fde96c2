import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import { isApiError } from '../../api/error';
import type { Endpoint } from '../../api/types';
import { type Api, useApi } from '../../api/use-api';
import { inert } from '../../ui/inert';
import { TextLink } from '../../ui/links';

const FRESH_MS = 60_000;
const MOST = 250;

/** The first endpoints of a tenant: all of them, for most. */
export function useEndpoints() {
  const api = useApi();
  return useQuery({
    queryKey: api.key('endpoints', 'names'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/webhooks', { params: { query: { limit: MOST } }, signal })),
    staleTime: FRESH_MS,
  });
}

function oneQuery(api: Api, id: string) {
  return {
    queryKey: api.key('endpoints', 'name', id),
    // A deleted one is no error here: its deliveries are still there.
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Endpoint | null> => {
      try {
        return await take(api.client.GET('/api/v1/webhooks/{id}', { params: { path: { id } }, signal }));
      } catch (error) {
        if (isApiError(error) && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: FRESH_MS,
  };
}

/** An endpoint that others name by its id; null: it was deleted; undefined: not known yet. */
export function useEndpoint(id: string | undefined): Endpoint | null | undefined {
  const api = useApi();
  const all = useEndpoints();
  const listed = all.data?.items.find((endpoint) => endpoint.id === id);
  const isAsked = id !== undefined && !all.isPending && listed === undefined;
  const one = useQuery({ ...oneQuery(api, id ?? ''), enabled: isAsked });
  return listed ?? one.data;
}

interface Props {
  id: string;
  isLink?: boolean;
}

/** What an endpoint is called. */
export function EndpointName({ id, isLink = false }: Props) {
  const { tenant } = useApi();
  const endpoint = useEndpoint(id);
  if (endpoint === null)
    return (
      <Text span size="sm" c="dimmed" title={id}>
        Deleted endpoint
      </Text>
    );
  const name = inert(endpoint?.name ?? id);
  if (!isLink)
    return (
      <span className="hy-two-lines" title={`${name} (${id})`}>
        {name}
      </span>
    );
  const to: string = `/t/${tenant}/endpoints/${id}`;
  return (
    <TextLink to={to} inherit className="hy-above" title={id}>
      {name}
    </TextLink>
  );
}
