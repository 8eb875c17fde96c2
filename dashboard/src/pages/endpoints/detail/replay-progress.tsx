import { Button, Group, Paper, Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { done, take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { useSession } from '../../../session/hooks';
import { ErrorState } from '../../../ui/error-state';
import { Time } from '../../../ui/time';
import { replayInWords, replayPercent } from './replay-words';

const EVERY_MS = 1000;

/** A replay as it goes. */
export function ReplayProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const { can } = useSession();
  const queryKey = api.key('replays', 'one', id);
  const replay = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/replays/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data?.finishedAt ? false : EVERY_MS),
  });
  const cancel = useMutation({
    mutationFn: () => done(api.client.DELETE('/api/v1/replays/{id}', { params: { path: { id } } })),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey });
      void queries.invalidateQueries({ queryKey: api.key('replays', 'list') });
    },
  });
  const { data } = replay;
  const isRunning = data !== undefined && data.finishedAt === null;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="progress">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} id="progress">
            {data?.status === 'unsent' ? 'Backfill' : 'Replay'}
          </Title>
          <Group gap="xs">
            {isRunning && can('write') && (
              <Button variant="default" size="xs" loading={cancel.isPending} onClick={() => cancel.mutate()}>
                Cancel the replay
              </Button>
            )}
            {!isRunning && (
              <Button variant="default" size="xs" onClick={onClose}>
                Close
              </Button>
            )}
          </Group>
        </Group>
        {replay.error && (
          <ErrorState
            error={replay.error}
            what="The replay could not be loaded"
            onRetry={() => void replay.refetch()}
          />
        )}
        {cancel.error && <ErrorState error={cancel.error} what="It was not cancelled" />}
        {data ? (
          <>
            <Progress
              value={replayPercent(data)}
              size="lg"
              animated={isRunning}
              color={data.cancelledAt === null ? 'indigo' : 'gray'}
              aria-label="How far the replay is"
            />
            <Text size="sm" role="status">
              {replayInWords(data)}
            </Text>
            <Text size="xs" c="dimmed" component="div">
              Begun <Time at={data.createdAt} />
              {data.finishedAt !== null && (
                <>
                  , ended <Time at={data.finishedAt} />
                </>
              )}
              . It goes on without this page, and after a restart.
            </Text>
          </>
        ) : (
          !replay.error && <Skeleton height={60} />
        )}
      </Stack>
    </Paper>
  );
}
