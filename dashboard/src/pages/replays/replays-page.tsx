import { Stack } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import type { Replay } from '../../api/types';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { number } from '../../ui/format';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { Pager } from '../../ui/pager';
import { RowLink } from '../../ui/row-link';
import { Time } from '../../ui/time';
import { EndpointName } from '../deliveries/endpoint-names';
import { CancelReplay } from './cancel-replay';
import { stateOf } from './progress';
import { ReplayBar } from './replay-bar';
import { kindText, ReplayState } from './replay-state';

const route = getRouteApi('/app/t/$tenant/replays');
const LOOK_AGAIN_MS = 2000;

export function ReplaysPage() {
  const api = useApi();
  const { can } = useSession();
  const { cursor = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery({
    queryKey: api.key('replays', 'list', cursor),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/replays', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.items.some((replay) => stateOf(replay) === 'under way') ? LOOK_AGAIN_MS : false,
  });
  return (
    <Stack>
      <PageHeader
        title="Replays"
        above={
          <TextLink to="/t/$tenant/dead-letters" params={{ tenant: api.tenant }} size="sm">
            Dead letters
          </TextLink>
        }
      >
        Dead letters that are sent again, and backfills: events that an endpoint never got. They go on in the
        background, also after a restart.
      </PageHeader>
      {list.isError ? (
        <ErrorState
          error={list.error}
          what="The replays could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <DataTable
          label="Replays"
          columns={columns(api.tenant, can('write'))}
          rows={list.data?.items}
          rowKey={({ id }) => id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          empty={<NoReplays />}
        />
      )}
      {list.data && (
        <Pager
          cursor={cursor}
          nextCursor={list.data.nextCursor}
          what="replays"
          onGo={(to) => void navigate({ search: present({ cursor: to === '' ? undefined : to }) })}
        />
      )}
    </Stack>
  );
}

function columns(tenant: string, mayCancel: boolean): Column<Replay>[] {
  const all: Column<Replay>[] = [
    {
      key: 'what',
      header: 'Replay of',
      width: '9rem',
      cell: (replay) => (
        <RowLink to="/t/$tenant/replays/$replayId" params={{ tenant, replayId: replay.id }}>
          {kindText(replay)}
        </RowLink>
      ),
    },
    {
      key: 'endpoint',
      header: 'Endpoint',
      cell: ({ webhookId }) => (webhookId === null ? 'All endpoints' : <EndpointName id={webhookId} />),
    },
    { key: 'state', header: 'State', width: '9rem', cell: (replay) => <ReplayState replay={replay} /> },
    { key: 'progress', header: 'Looked at', width: '14rem', cell: (replay) => <ReplayBar replay={replay} /> },
    { key: 'owed', header: 'Sent again', align: 'right', width: '7rem', cell: ({ owed }) => number(owed) },
    { key: 'begun', header: 'Begun', width: '9rem', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
  if (mayCancel)
    all.push({
      key: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (replay) => (stateOf(replay) === 'under way' ? <CancelReplay replay={replay} isSmall /> : null),
    });
  return all;
}

function NoReplays() {
  const { tenant } = useApi();
  return (
    <EmptyState icon={IconHistory} title="Nothing was replayed yet">
      Replays begin from the{' '}
      <TextLink to="/t/$tenant/dead-letters" params={{ tenant }} underline="always">
        dead letters
      </TextLink>
      , or from an endpoint, which can also be sent what it never got.
    </EmptyState>
  );
}
