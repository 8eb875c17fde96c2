import { Alert, Button, Group, List, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { done } from '../../api/client';
import { asApiError } from '../../api/error';
import { newIdempotencyKey } from '../../api/id';
import type { Delivery } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count } from '../../ui/format';
import { useToast } from '../../ui/toast';
import { forMany, type Progress as Made } from './many';
import { refusals } from './refusals';

interface Props {
  selected: readonly Delivery[];
  onDone: () => void;
}

/** Retries the chosen ones, a few at a time, and tells of those that were refused. */
export function ReplaySelected({ selected, onDone }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<Made<Delivery> | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const replay = useMutation({
    mutationFn: (chosen: readonly Delivery[]) => {
      stop.current = new AbortController();
      return forMany(
        chosen,
        ({ id }) =>
          done(
            api.client.POST('/api/v1/deliveries/{id}/retry', {
              params: { path: { id }, header: { 'Idempotency-Key': newIdempotencyKey() } },
            }),
          ),
        { onProgress: setMade, signal: stop.current.signal },
      );
    },
    onSuccess: ({ done: all, failed }) => {
      setOpen(false);
      const good = all - failed.length;
      if (good > 0) toast({ message: `${count(good, 'dead letter')} replayed: due now.` });
      onDone();
    },
    onSettled: () =>
      Promise.all(
        ['dead-letters', 'deliveries'].map((noun) => queries.invalidateQueries({ queryKey: api.key(noun) })),
      ),
  });
  const failed = replay.isSuccess ? (made?.failed ?? []) : [];
  return (
    <>
      <Group gap="sm">
        <Button
          size="xs"
          variant="default"
          disabled={selected.length === 0}
          onClick={() => {
            replay.reset();
            setMade(null);
            setOpen(true);
          }}
        >
          {selected.length === 0 ? 'Replay the chosen ones' : `Replay ${selected.length} chosen …`}
        </Button>
      </Group>
      {failed.length > 0 && <Refused failed={failed} />}
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Replay ${count(selected.length, 'dead letter')}?`}
        consequences={[
          'Each is sent again at once, with a fresh set of attempts. What fails again is a dead letter again.',
          'Those of endpoints that are disabled, failed or deleted are refused, and stay where they are.',
        ]}
        action={`Replay ${count(selected.length, 'dead letter')}`}
        isDangerous={false}
        onConfirm={() => replay.mutate(selected)}
        isBusy={replay.isPending}
        error={replay.error}
      >
        {replay.isPending && made && (
          <Stack gap={4} role="status">
            <Progress value={(100 * made.done) / made.total} aria-label="Replayed so far" />
            <Text size="sm">
              {made.done} of {made.total}
            </Text>
          </Stack>
        )}
      </ConfirmDialog>
    </>
  );
}

function Refused({ failed }: { failed: Made<Delivery>['failed'] }) {
  return (
    <Alert
      w="100%"
      role="alert"
      color="red"
      variant="outline"
      title={`${count(failed.length, 'dead letter was', 'dead letters were')} not replayed`}
    >
      <List size="sm">
        {refusals(failed.map(({ error }) => asApiError(error))).map(({ words, times }) => (
          <List.Item key={words}>
            {times > 1 ? `${times} times: ` : ''}
            {words}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
