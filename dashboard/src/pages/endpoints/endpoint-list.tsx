import { Stack, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { EndpointWithStats } from '../../api/types';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { ErrorState } from '../../ui/error-state';
import { percent } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { RowLink } from '../../ui/row-link';
import { StatusBadge } from '../../ui/status-badge';
import { Backlog } from './backlog';
import { DayLine } from './day-line';
import { FAILING_IN_A_ROW } from './failing';
import type { LastErrors } from './last-errors';
import { LastFailure } from './last-failure';
import { isFiltered, type ListSearch } from './list-search';
import { NoEndpoints, NothingFound } from './no-endpoints';
import { useEndpoints } from './queries';
import { StatusMenu } from './status-menu';
import { useLastErrors } from './use-last-errors';

interface Props {
  search: ListSearch;
  onGo: (cursor: string) => void;
  onClear: () => void;
}

export function EndpointList({ search, onGo, onClear }: Props) {
  const { can } = useSession();
  const canWrite = can('write');
  const { data, error, isPlaceholderData, refetch } = useEndpoints(search);
  const errors = useLastErrors(data?.items.some(({ lastFailureAt }) => lastFailureAt !== null) ?? false);
  const columns = useMemo(() => columnsOf(errors, canWrite), [errors, canWrite]);
  if (error && !data) {
    return (
      <ErrorState error={error} what="The endpoints could not be loaded" onRetry={() => void refetch()} />
    );
  }
  return (
    <Stack gap="sm">
      {error && (
        <ErrorState error={error} what="The endpoints are of before" onRetry={() => void refetch()} />
      )}
      <DataTable
        label="Endpoints"
        columns={columns}
        rows={data?.items}
        rowKey={({ id }) => id}
        isStale={isPlaceholderData}
        empty={
          isFiltered(search) || search.cursor !== undefined ? (
            <NothingFound onClear={onClear} isMore={(data?.nextCursor ?? null) !== null} />
          ) : (
            <NoEndpoints />
          )
        }
      />
      <Pager
        cursor={search.cursor ?? ''}
        nextCursor={data?.nextCursor ?? null}
        onGo={onGo}
        what="endpoints"
      />
    </Stack>
  );
}

export function EndpointLink({ id, name, url }: { id: string; name: string; url?: string }) {
  const { tenant } = useParams({ strict: false });
  return (
    <Stack gap={0}>
      <RowLink to="/t/$tenant/endpoints/$endpointId" params={{ tenant: tenant ?? '', endpointId: id }}>
        <span className="hy-two-lines" title={inert(name)}>
          {inert(name)}
        </span>
      </RowLink>
      {url !== undefined && (
        <Text size="xs" c="dimmed" className="hy-mono" lineClamp={1} title={inert(url)}>
          {inert(url)}
        </Text>
      )}
    </Stack>
  );
}

/** Active says what its owner wants; whether anything arrives there is another thing. */
function isFailing({ status, consecutiveFailures }: EndpointWithStats): boolean {
  return status === 'active' && consecutiveFailures >= FAILING_IN_A_ROW;
}

function columnsOf(errors: LastErrors, canWrite: boolean): Column<EndpointWithStats>[] {
  const columns: Column<EndpointWithStats>[] = [
    {
      key: 'name',
      header: 'Endpoint',
      cell: ({ id, name, url }) => <EndpointLink id={id} name={name} url={url} />,
    },
    {
      key: 'status',
      header: 'Status',
      width: '7rem',
      cell: (endpoint) => (
        <Stack gap={2} align="flex-start">
          <StatusBadge of="endpoint" status={endpoint.status} />
          {isFailing(endpoint) && (
            <Text size="xs" c="var(--hy-bad)">
              failing
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: 'success',
      header: 'Success, 24 h',
      align: 'right',
      width: '7.5rem',
      cell: ({ stats }) => percent(stats?.successRate ?? null),
    },
    {
      key: 'day',
      header: 'Attempts, 24 h',
      width: '8rem',
      cell: ({ stats }) => (stats ? <DayLine stats={stats} /> : '–'),
      isWideOnly: true,
    },
    {
      key: 'backlog',
      header: 'Backlog',
      align: 'right',
      width: '6rem',
      cell: ({ queued }) => <Backlog queued={queued} most={1000} />,
    },
    {
      key: 'failure',
      header: 'Last failure',
      width: '24%',
      cell: (endpoint) => <LastFailure endpoint={endpoint} errors={errors} />,
    },
  ];
  if (!canWrite) return columns;
  return [
    ...columns,
    {
      key: 'actions',
      header: 'Pause or disable',
      isHeaderHidden: true,
      align: 'right',
      width: '5.5rem',
      cell: (endpoint) => <StatusMenu endpoint={endpoint} />,
    },
  ];
}
