import { Select, Stack } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { oneOf } from '../../../app/search';
import { useLiveQueries } from '../../../live/hooks';
import { DataTable } from '../../../ui/data-table';
import { EmptyState } from '../../../ui/empty-state';
import { ErrorState } from '../../../ui/error-state';
import { FilterBar, SearchInput } from '../../../ui/filter-bar';
import { Pager } from '../../../ui/pager';
import { deliveryStatusText } from '../../../ui/status-badge';
import { deliveryColumns } from '../../deliveries/columns';
import { DELIVERY_STATUSES, type EndpointSearchChange } from '../endpoint-search';
import { defined } from '../queries';
import { InstantInput } from './instant-input';
import type { TabProps } from './part';

const NO_FILTER = { status: undefined, event: undefined, since: undefined, until: undefined };

/** What is, and was, owed to this endpoint. */
export function DeliveriesTab({ endpoint, search, set }: TabProps) {
  const api = useApi();
  const { status, event, since, until, cursor } = search;
  const query = { status, event, since, until, cursor };
  const list = useQuery({
    queryKey: api.key('deliveries', 'of', endpoint.id, query),
    queryFn: ({ signal }) =>
      take(
        api.client.GET('/api/v1/webhooks/{id}/deliveries', {
          params: { path: { id: endpoint.id }, query: defined(query) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  useLiveQueries([api.key('deliveries', 'of', endpoint.id)], {
    matters: ({ webhookId }) => webhookId === endpoint.id,
    isOn: cursor === undefined,
  });
  // All of them are this endpoint's.
  const columns = useMemo(
    () => deliveryColumns(api.tenant).filter(({ key }) => key !== 'endpoint'),
    [api.tenant],
  );
  const filter = (change: EndpointSearchChange) => set({ cursor: undefined, ...change });
  const isFiltered = [status, event, since, until].some((value) => value !== undefined);
  return (
    <Stack>
      <FilterBar what="deliveries" isActive={isFiltered} onClear={() => filter(NO_FILTER)}>
        <Select
          label="Status"
          placeholder="Any"
          data={DELIVERY_STATUSES.map((value) => ({ value, label: deliveryStatusText(value) }))}
          value={status ?? null}
          onChange={(value) => filter({ status: oneOf(value, DELIVERY_STATUSES) })}
          clearable
          clearButtonProps={{ 'aria-label': 'Clear: Status' }}
          w={{ base: '100%', sm: 150 }}
        />
        <SearchInput
          label="Event"
          placeholder="order.paid or order.*"
          value={event ?? ''}
          onChange={(value) => filter({ event: value || undefined })}
          width={200}
        />
        <InstantInput label="Accepted from" value={since} onChange={(value) => filter({ since: value })} />
        <InstantInput label="Accepted before" value={until} onChange={(value) => filter({ until: value })} />
      </FilterBar>
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
            <EmptyState icon={IconSend} title={isFiltered ? 'No delivery is like this' : 'No deliveries yet'}>
              {isFiltered
                ? 'Times are those at which the event was accepted.'
                : 'A delivery is one event owed to this endpoint. Publish an event of a type that it wants, or send a test: tests are not kept here.'}
            </EmptyState>
          }
        />
      )}
      <Pager
        cursor={cursor ?? ''}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => set({ cursor: to })}
        what="deliveries"
      />
    </Stack>
  );
}
