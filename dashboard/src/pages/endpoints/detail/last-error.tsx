import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { inert } from '../../../ui/inert';
import { Time } from '../../../ui/time';
import { DeliveryLink } from './delivery-link';
import { newestFailure } from './newest-failure';

/** What was wrong last, with the delivery that shows it whole. */
export function LastError({ endpointId }: { endpointId: string }) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('deliveries', 'last-error', endpointId),
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        (['retrying', 'dead'] as const).map((status) =>
          take(
            api.client.GET('/api/v1/webhooks/{id}/deliveries', {
              params: { path: { id: endpointId }, query: { status, limit: 20 } },
              signal,
            }),
          ),
        ),
      );
      return newestFailure(pages.flatMap(({ items }) => items));
    },
    refetchInterval: 10_000,
  });
  if (!data) return null;
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      Last error, <Time at={data.updatedAt} />:{' '}
      {inert(data.error ?? `it answered ${data.responseStatus ?? ''}`)} (
      <DeliveryLink id={data.id}>the delivery</DeliveryLink>)
    </Text>
  );
}
