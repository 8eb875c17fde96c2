import { Button } from '@mantine/core';
import { useState } from 'react';
import { take } from '../../api/client';
import type { DeadLetterGroup } from '../../api/types';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count } from '../../ui/format';
import { reasonOf } from './reason';
import { useReplay } from './use-replay';

interface Props {
  group: DeadLetterGroup;
  /** What it is called where there are several. */
  name: string;
}

/** Replays the dead letters of an endpoint that have one reason, after naming how many and what happens. */
export function ReplayGroup({ group, name }: Props) {
  const api = useApi();
  const [isOpen, setOpen] = useState(false);
  const { webhookId, deadReason } = group;
  const replay = useReplay((key) =>
    take(
      api.client.POST('/api/v1/webhooks/{id}/replay', {
        params: { path: { id: webhookId }, header: { 'Idempotency-Key': key } },
        body: present({ deadReason: deadReason ?? undefined }),
      }),
    ),
  );
  const letters = count(group.count, 'dead letter');
  return (
    <>
      <Button
        size="xs"
        variant="default"
        aria-label={`Replay ${name}`}
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
        title={`Replay ${letters} of ${group.webhookName ?? 'it'}?`}
        consequences={[
          `These are all of this endpoint of the reason “${reasonOf(deadReason).title}”.`,
          'Each is sent again with a fresh set of attempts, as fast as the endpoint takes them. What fails again is a dead letter again.',
          'If the receiver had done its work and answered wrongly, it gets the same webhook-id once more.',
        ]}
        action={`Replay ${letters}`}
        isDangerous={false}
        onConfirm={() => replay.mutate()}
        isBusy={replay.isPending}
        error={replay.error}
      />
    </>
  );
}
