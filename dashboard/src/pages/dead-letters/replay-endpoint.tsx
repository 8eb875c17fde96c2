import { Button } from '@mantine/core';
import { useState } from 'react';
import { take } from '../../api/client';
import type { DeadLetterGroup } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count, list } from '../../ui/format';
import { reasonOf } from './reason';
import { useReplay } from './use-replay';

interface Props {
  webhookId: string;
  webhookName: string;
  /** All of the endpoint's: the API replays them together, whatever their reasons. */
  groups: readonly DeadLetterGroup[];
}

/** Replays an endpoint's dead letters, after naming how many and what happens. */
export function ReplayEndpoint({ webhookId, webhookName, groups }: Props) {
  const api = useApi();
  const [isOpen, setOpen] = useState(false);
  const replay = useReplay((key) =>
    take(
      api.client.POST('/api/v1/webhooks/{id}/replay', {
        params: { path: { id: webhookId }, header: { 'Idempotency-Key': key } },
        body: { status: ['dead'] },
      }),
    ),
  );
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  const parts = groups.map((group) => `${count(group.count, 'time')} “${reasonOf(group.deadReason).title}”`);
  return (
    <>
      <Button
        size="xs"
        variant="default"
        aria-label={`Replay those of ${webhookName}`}
        onClick={() => {
          replay.reset();
          setOpen(true);
        }}
      >
        Replay …
      </Button>
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Replay ${count(total, 'dead letter')} of ${webhookName}?`}
        consequences={[
          groups.length > 1
            ? `These are all of this endpoint, of every reason: ${list(parts)}.`
            : 'These are all of this endpoint.',
          'Each is sent again with a fresh set of attempts, as fast as the endpoint takes them. What fails again is a dead letter again.',
          'If the receiver had done its work and answered wrongly, it gets the same webhook-id once more.',
        ]}
        action={`Replay ${count(total, 'dead letter')}`}
        isDangerous={false}
        onConfirm={() => replay.mutate()}
        isBusy={replay.isPending}
        error={replay.error}
      />
    </>
  );
}
