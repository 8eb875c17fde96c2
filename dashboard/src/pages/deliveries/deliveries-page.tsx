import { Stack } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { DataTable } from '../../ui/data-table';
import { ErrorState } from '../../ui/error-state';
import { PageHeader } from '../../ui/page-header';
import { Pager } from '../../ui/pager';
import { bounds, isPast } from '../../ui/time-range';
import { deliveryColumns } from './columns';
import { DeliveryFilters, NO_FILTER } from './delivery-filters';
import { FindForm } from './find-form';
import { LiveBar } from './live-bar';
import { NoDeliveries } from './no-deliveries';
import { concerns, type DeliverySearch, deliveryQuery, isFiltered } from './search';
import { useNewAttempts } from './use-new-attempts';

const route = getRouteApi('/app/t/$tenant/deliveries');

export function DeliveriesPage() {
  const api = useApi();
  const queries = useQueryClient();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { cursor = '', paused = false, ...filter } = search;
  const change = (next: DeliverySearch) =>
    void navigate({ search: (before) => present({ ...before, ...next, cursor: next.cursor }) });

  const key = api.key('deliveries', 'list', { ...filter, cursor });
  const list = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const query = {
        ...deliveryQuery(filter),
        ...bounds(filter, Date.now()),
        cursor,
      };
      return take(api.client.GET('/api/v1/deliveries', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const news = useNewAttempts((attempt) => concerns(filter, attempt), {
    of: `${JSON.stringify(key)} ${list.dataUpdatedAt}`,
    isOn: !paused && cursor === '' && !isPast(filter, Date.now()),
  });
  const columns = useMemo(() => deliveryColumns(api.tenant), [api.tenant]);

  return (
    <Stack>
      <PageHeader title="Deliveries" actions={<FindForm />}>
        Each is one event owed to one endpoint, with the attempts that were made to bring it there.
      </PageHeader>
      <DeliveryFilters value={filter} onChange={change} />
      {list.isError ? (
        <ErrorState
          error={list.error}
          what="The deliveries could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <Stack gap="xs">
          {cursor === '' && (
            <LiveBar
              isPaused={paused}
              onPause={(isPaused) => change({ paused: isPaused || undefined })}
              count={news.count}
              hasGap={news.hasGap}
              onShow={() => void queries.invalidateQueries({ queryKey: key })}
            />
          )}
          <DataTable
            label="Deliveries"
            columns={columns}
            rows={list.data?.items}
            rowKey={({ id }) => id}
            isStale={list.isPlaceholderData}
            empty={
              <NoDeliveries
                isFiltered={isFiltered(filter) || cursor !== ''}
                hasMore={Boolean(list.data?.nextCursor)}
                onClear={() => change(NO_FILTER)}
              />
            }
          />
          {list.data && (
            <Pager
              cursor={cursor}
              nextCursor={list.data.nextCursor}
              what="deliveries"
              onGo={(to) => change({ cursor: to === '' ? undefined : to })}
            />
          )}
        </Stack>
      )}
    </Stack>
  );
}
