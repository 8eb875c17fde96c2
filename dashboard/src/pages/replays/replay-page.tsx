import { Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { take } from '../../api/client';
import type { Replay } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { ErrorState } from '../../ui/error-state';
import { number } from '../../ui/format';
import { KeyValues } from '../../ui/key-values';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { Time } from '../../ui/time';
import { EndpointName } from '../deliveries/endpoint-names';
import { CancelReplay } from './cancel-replay';
import { stateOf } from './progress';
import { ReplayBar } from './replay-bar';
import { kindText, ReplayState } from './replay-state';

const route = getRouteApi('/app/t/$tenant/replays/$replayId');
const LOOK_AGAIN_MS = 1000;

export function ReplayPage() {
  const api = useApi();
  const queries = useQueryClient();
  const { replayId } = route.useParams();
  const { data, error, refetch } = useQuery({
    queryKey: api.key('replays', 'one', replayId),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/replays/{id}', { params: { path: { id: replayId } }, signal })),
    refetchInterval: ({ state }) =>
      state.data && stateOf(state.data) === 'under way' ? LOOK_AGAIN_MS : false,
  });
  const isOver = data !== undefined && stateOf(data) !== 'under way';
  useEffect(() => {
    if (isOver) void queries.invalidateQueries({ queryKey: api.key('dead-letters') });
  }, [isOver, queries, api]);
  return (
    <Stack>
      <Header replay={data} tenant={api.tenant} />
      {error !== null && (
        <ErrorState error={error} what="The replay could not be loaded" onRetry={() => void refetch()} />
      )}
      {data ? <Facts replay={data} tenant={api.tenant} /> : error === null && <Skeleton height={180} />}
    </Stack>
  );
}

function Header({ replay, tenant }: { replay: Replay | undefined; tenant: string }) {
  const { can } = useSession();
  return (
    <PageHeader
      title={replay?.status === 'unsent' ? 'Backfill' : 'Replay of dead letters'}
      above={
        <TextLink to="/t/$tenant/replays" params={{ tenant }} size="sm">
          Replays
        </TextLink>
      }
      aside={replay && <span role="status">{<ReplayState replay={replay} />}</span>}
      actions={replay && can('write') && stateOf(replay) === 'under way' && <CancelReplay replay={replay} />}
    />
  );
}

function Facts({ replay, tenant }: { replay: Replay; tenant: string }) {
  const { webhookId, done, owed, createdAt, finishedAt, id } = replay;
  const state = stateOf(replay);
  return (
    <Paper withBorder p="md">
      <Stack>
        <ReplayBar replay={replay} />
        <KeyValues
          items={[
            ['Replay of', kindText(replay)],
            [
              'Endpoint',
              webhookId === null ? 'All endpoints' : <EndpointName key="endpoint" id={webhookId} isLink />,
            ],
            ['Looked at', number(done)],
            ['Sent again', number(owed)],
            ['Begun', <Time key="begun" at={createdAt} />],
            ['Ended', <Time key="ended" at={finishedAt} never="not yet" />],
            [
              'Replay id',
              <span key="id" className="hy-mono">
                {id}
              </span>,
            ],
          ]}
        />
        <Text size="sm" c="dimmed">
          {state === 'under way'
            ? 'It goes on in the background: you can leave this page. '
            : `It has ${state === 'cancelled' ? 'gone no further' : 'looked through all of them'}. `}
          What does not fit, or is of an endpoint that is disabled, failed or deleted, is looked at and left
          as it is.{' '}
          <TextLink
            to="/t/$tenant/deliveries"
            underline="always"
            params={{ tenant }}
            search={webhookId === null ? {} : { endpoint: webhookId }}
          >
            See the deliveries
          </TextLink>
        </Text>
      </Stack>
    </Paper>
  );
}
