import { Button } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { done } from '../../api/client';
import type { Event } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { useToast } from '../../ui/toast';

/** Cancels an event whose time has not come. */
export function CancelEvent({ event }: { event: Pick<Event, 'id' | 'event'> }) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const [isOpen, setOpen] = useState(false);
  const cancel = useMutation({
    mutationFn: () => done(api.client.DELETE('/api/v1/events/{id}', { params: { path: { id: event.id } } })),
    onSuccess: () => {
      setOpen(false);
      toast({ message: 'The event is cancelled: it is sent to nobody.' });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: api.key('events') }),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconBan size={16} aria-hidden />}
        onClick={() => {
          cancel.reset();
          setOpen(true);
        }}
      >
        Cancel the event
      </Button>
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Cancel this ${event.event}?`}
        consequences={[
          'It is never sent to any endpoint.',
          'Its payload is deleted.',
          'Its event id stays taken: the same event has to be published under another.',
        ]}
        action="Cancel the event"
        onConfirm={() => cancel.mutate()}
        isBusy={cancel.isPending}
        error={cancel.error}
      />
    </>
  );
}
