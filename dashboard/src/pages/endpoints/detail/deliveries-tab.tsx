import { Select, Stack, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import type { Delivery } from '../../../api/types';
import { useApi } from '../../../api/use-api';
import { oneOf } from '../../../app/search';
import { useLiveQueries } from '../../../live/hooks';
import { type Column, DataTable } from '../../../ui/data-table';
import { EmptyState } from '../../../ui/empty-state';
import { ErrorState } from '../../../ui/error-state';
import { FilterBar, SearchInput } from '../../../ui/filter-bar';
import { inert } from '../../../ui/inert';
import { Pager } from '../../../ui/pager';
import { deliveryStatusText, StatusBadge } from '../../../ui/status-badge';
import { Time } from '../../../ui/time';
import { DELIVERY_STATUSES, type EndpointSearchChange } from '../endpoint-search';
import { defined } from '../queries';
import { DeliveryLink } from './delivery-link';
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
          columns={COLUMNS}
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

const COLUMNS: readonly Column<Delivery>[] = [
  {
    key: 'event',
    header: 'Event',
    cell: ({ id, event }) => (
      <DeliveryLink id={id} isRow>
        {inert(event)}
      </DeliveryLink>
    ),
  },
  {
    key: 'status',
    header: 'Status',
    width: '8.5rem',
    cell: ({ status }) => <StatusBadge of="delivery" status={status} />,
  },
  {
    key: 'attempts',
    header: 'Attempts',
    align: 'right',
    width: '6rem',
    cell: ({ attemptCount }) => attemptCount,
  },
  {
    key: 'last',
    header: 'Last answer',
    width: '34%',
    cell: ({ responseStatus, error }) => (
      <Text size="sm" lineClamp={2}>
        {[responseStatus, error === null ? null : inert(error)].filter((part) => part !== null).join(' · ') ||
          '–'}
      </Text>
    ),
  },
  {
    key: 'next',
    header: 'Next attempt',
    width: '8.5rem',
    cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} never="–" />,
    isWideOnly: true,
  },
  { key: 'created', header: 'Created', width: '8.5rem', cell: ({ createdAt }) => <Time at={createdAt} /> },
];
