import { IconTrophy } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { RankedEndpoint } from '../../api/schema';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { duration, number, percent } from '../../ui/format';
import { StatusBadge } from '../../ui/status-badge';
import { Backlog } from './backlog';
import { EndpointLink } from './endpoint-list';
import type { ListSearch } from './list-search';
import { useRanking } from './queries';
import { StatusMenu } from './status-menu';

type By = NonNullable<ListSearch['by']>;

const NOTHING: Readonly<Record<By, string>> = {
  failures: 'No attempt failed in the last 24 hours.',
  latency: 'No attempt was made in the last 24 hours.',
  backlog: 'No delivery waits.',
};

/** The worst first, by what is counted of them. */
export function EndpointRanking({ by }: { by: By }) {
  const { can } = useSession();
  const canWrite = can('write');
  const { data, error, isPlaceholderData, refetch } = useRanking(by);
  const columns = useMemo(() => columnsOf(canWrite), [canWrite]);
  if (error && !data)
    return <ErrorState error={error} what="The ranking could not be loaded" onRetry={() => void refetch()} />;
  return (
    <DataTable
      label="Endpoints"
      columns={columns}
      rows={data?.items}
      rowKey={({ webhookId }) => webhookId}
      isStale={isPlaceholderData}
      empty={
        <EmptyState icon={IconTrophy} title="Nothing to rank">
          {NOTHING[by]}
        </EmptyState>
      }
    />
  );
}

function columnsOf(canWrite: boolean): Column<RankedEndpoint>[] {
  const columns: Column<RankedEndpoint>[] = [
    {
      key: 'name',
      header: 'Endpoint',
      cell: ({ webhookId, name }) => <EndpointLink id={webhookId} name={name} />,
    },
    {
      key: 'status',
      header: 'Status',
      width: '7rem',
      cell: ({ status }) => <StatusBadge of="endpoint" status={status} />,
    },
    {
      key: 'failures',
      header: 'Failures, 24 h',
      align: 'right',
      width: '8rem',
      cell: ({ failures, attempts }) => (
        <span title={`of ${number(attempts)} attempts`}>{number(failures)}</span>
      ),
    },
    {
      key: 'success',
      header: 'Success, 24 h',
      align: 'right',
      width: '8rem',
      cell: ({ successRate }) => percent(successRate),
    },
    {
      key: 'mean',
      header: 'Mean time',
      align: 'right',
      width: '7rem',
      cell: ({ latencyMs }) => (latencyMs.mean === null ? '–' : duration(latencyMs.mean)),
    },
    {
      key: 'backlog',
      header: 'Backlog',
      align: 'right',
      width: '6rem',
      cell: ({ queued }) => <Backlog queued={queued} most={10_000} />,
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
      cell: ({ webhookId, name, status, queued }) => (
        <StatusMenu endpoint={{ id: webhookId, name, status, queued }} />
      ),
    },
  ];
}
