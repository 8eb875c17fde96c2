import { Stack } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { useLiveQueries } from '../../../live/hooks';
import { DataTable } from '../../../ui/data-table';
import { EmptyState } from '../../../ui/empty-state';
import { ErrorState } from '../../../ui/error-state';
import { NoMatch } from '../../../ui/no-match';
import { Pager } from '../../../ui/pager';
import { bounds } from '../../../ui/time-range';
import { deliveryColumns } from '../../deliveries/columns';
import { DeliveryFilters, NO_FILTER } from '../../deliveries/delivery-filters';
import { type DeliverySearch, deliveryQuery, isFiltered } from '../../deliveries/search';
import type { TabProps } from './part';

/** What is, and was, owed to this endpoint. */
export function DeliveriesTab({ endpoint, search, set }: TabProps) {
  const api = useApi();
  const { status, event, reason, range, since, until, cursor = '' } = search;
  const filter = { status, event, reason, range, since, until };
  const list = useQuery({
    queryKey: api.key('deliveries', 'of', endpoint.id, { ...filter, cursor }),
    queryFn: ({ signal }) => {
      const query = { ...deliveryQuery(filter), ...bounds(filter, Date.now()), cursor };
      return take(
        api.client.GET('/api/v1/webhooks/{id}/deliveries', {
          params: { path: { id: endpoint.id }, query },
          signal,
        }),
      );
    },
    placeholderData: keepPreviousData,
  });
  useLiveQueries([api.key('deliveries', 'of', endpoint.id)], {
    matters: ({ webhookId }) => webhookId === endpoint.id,
    isOn: cursor === '',
  });
  // All of them are this endpoint's.
  const columns = useMemo(
    () => deliveryColumns(api.tenant).filter(({ key }) => key !== 'endpoint'),
    [api.tenant],
  );
  const change = (next: DeliverySearch) => set({ cursor: undefined, ...next });
  return (
    <Stack>
      <DeliveryFilters value={filter} onChange={change} isOfOneEndpoint />
      {list.error && (
        <ErrorState
          error={list.error}
          what="The deliveries could not be loaded"
          onRetry={() => void list.refetch()}
        />
      )}
      {(list.data || !list.error) && (
        <DataTable
          label="Deliveries"
          columns={columns}
          rows={list.data?.items}
          rowKey={({ id }) => id}
          isStale={list.isPlaceholderData}
          empty={
            isFiltered(filter) || cursor !== '' ? (
              <NoMatch
                what="delivery"
                hasMore={Boolean(list.data?.nextCursor)}
                onClear={() => change(NO_FILTER)}
              />
            ) : (
              <EmptyState icon={IconSend} title="No deliveries yet">
                A delivery is one event owed to this endpoint. Publish an event of a type that it wants, or
                send a test: tests are not kept here.
              </EmptyState>
            )
          }
        />
      )}
      <Pager
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => set({ cursor: to })}
        what="deliveries"
      />
    </Stack>
  );
}
