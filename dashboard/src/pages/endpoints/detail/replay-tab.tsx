import { Button, Group, Paper, Radio, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { take } from '../../../api/client';
import { IdempotencyKeys } from '../../../api/id';
import { useApi } from '../../../api/use-api';
import { ConfirmDialog } from '../../../ui/confirm-dialog';
import { PatternInput } from '../../events/pattern-input';
import { defined } from '../queries';
import { InstantInput } from './instant-input';
import type { TabProps } from './part';
import { RecentReplays } from './recent-replays';
import { ReplayProgress } from './replay-progress';
import { consequencesOfReplay, rangeFault } from './replay-words';
import { useDeadCount } from './use-dead-count';

/** Sends again what is dead, or for the first time what was never owed. */
export function ReplayTab({ endpoint, search, set }: TabProps) {
  const api = useApi();
  const queries = useQueryClient();
  const keys = useRef(new IdempotencyKeys());
  const [isAsking, setAsking] = useState(false);
  const [isEventWrong, setEventWrong] = useState(false);
  const { since, until, event } = search;
  const what: 'dead' | 'unsent' = search.what ?? 'dead';
  const found = useDeadCount(endpoint.id, { since, until, event }, what === 'dead');
  const body = { status: [what], ...defined({ since, until, event }) };
  const start = useMutation({
    mutationFn: () =>
      take(
        api.client.POST('/api/v1/webhooks/{id}/replay', {
          params: { path: { id: endpoint.id }, header: { 'Idempotency-Key': keys.current.for(body) } },
          body,
        }),
      ),
    onSuccess: (replay) => {
      keys.current.done();
      setAsking(false);
      queries.setQueryData(api.key('replays', 'one', replay.id), replay);
      void queries.invalidateQueries({ queryKey: api.key('replays', 'list') });
      set({ replay: replay.id });
    },
  });
  const isOff = endpoint.status === 'disabled' || endpoint.status === 'failed';
  const fault = rangeFault(since, until);
  return (
    <Stack maw={820}>
      {search.replay !== undefined && (
        <ReplayProgress id={search.replay} onClose={() => set({ replay: undefined })} />
      )}
      <Paper withBorder p="md" component="section" aria-labelledby="replay">
        <Stack gap="sm">
          <Title order={2} id="replay">
            New replay
          </Title>
          <Radio.Group
            label="What is sent"
            value={what}
            onChange={(value) => set({ what: value === 'unsent' ? 'unsent' : undefined })}
          >
            <Stack gap={6} mt={6}>
              <Radio
                value="dead"
                label="Dead letters"
                description="Deliveries that were given up. Each gets a fresh set of attempts."
              />
              <Radio
                value="unsent"
                label="Events that were never owed to it"
                description="A backfill: kept events of its types from before it was there, or while it was off."
              />
            </Stack>
          </Radio.Group>
          <Group align="flex-start" gap="xs">
            <InstantInput label="Accepted from" value={since} onChange={(value) => set({ since: value })} />
            <InstantInput
              label="Accepted before"
              value={until}
              onChange={(value) => set({ until: value })}
              error={fault}
            />
            <PatternInput value={event} onChange={(value) => set({ event: value })} onFault={setEventWrong} />
          </Group>
          <Text size="sm" role="status">
            {what === 'dead'
              ? found.words
              : 'How many match is seen as it goes: every kept event in this time is looked at.'}
          </Text>
          {isOff && (
            <Text size="sm" c="var(--hy-warn)">
              The endpoint is {endpoint.status}: enable it first. Until then nothing is sent to it, and a
              backfill ends at once.
            </Text>
          )}
          <Group>
            <Button
              onClick={() => setAsking(true)}
              disabled={
                isOff || isEventWrong || fault !== undefined || (what === 'dead' && found.count === 0)
              }
            >
              Replay…
            </Button>
          </Group>
        </Stack>
      </Paper>
      <RecentReplays endpointId={endpoint.id} onShow={(id) => set({ replay: id })} />
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={what === 'dead' ? 'Replay dead letters?' : 'Send what was never owed?'}
        consequences={consequencesOfReplay({ what, found, endpoint, event })}
        action="Start the replay"
        isDangerous={false}
        isBusy={start.isPending}
        error={start.error}
        onConfirm={() => start.mutate()}
      />
    </Stack>
  );
}
