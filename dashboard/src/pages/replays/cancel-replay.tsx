import { Button } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { done } from '../../api/client';
import type { Replay } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { number } from '../../ui/format';
import { useToast } from '../../ui/toast';

interface Props {
  replay: Replay;
  /** In a row of a list. */
  isSmall?: boolean;
}

/** Ends a replay where it is. */
export function CancelReplay({ replay, isSmall = false }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const [isOpen, setOpen] = useState(false);
  const cancel = useMutation({
    mutationFn: () =>
      done(api.client.DELETE('/api/v1/replays/{id}', { params: { path: { id: replay.id } } })),
    onSuccess: () => {
      setOpen(false);
      toast({ message: 'The replay is cancelled.' });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: api.key('replays') }),
  });
  return (
    <>
      <Button
        className="hy-above"
        variant="default"
        size={isSmall ? 'xs' : 'sm'}
        {...(isSmall ? {} : { leftSection: <IconBan size={16} aria-hidden /> })}
        onClick={() => {
          cancel.reset();
          setOpen(true);
        }}
      >
        Cancel …
      </Button>
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setOpen(false)}
        title="Cancel this replay?"
        consequences={[
          `It goes no further than the ${number(replay.done)} that it has looked at.`,
          `What it made owed so far (${number(replay.owed)}) stays so, and is delivered.`,
          'The rest stays as it is; another replay can be begun for it.',
        ]}
        action="Cancel the replay"
        onConfirm={() => cancel.mutate()}
        isBusy={cancel.isPending}
        error={cancel.error}
      />
    </>
  );
}
