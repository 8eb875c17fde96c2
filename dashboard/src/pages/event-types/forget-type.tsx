import { useMutation, useQueryClient } from '@tanstack/react-query';
import { done } from '../../api/client';
import type { KnownType } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count } from '../../ui/format';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { useToast } from '../../ui/toast';

interface Props {
  /** Null: none. */
  forgotten: KnownType | null;
  onClose: () => void;
}

export function ForgetType({ forgotten: asked, onClose }: Props) {
  const forgotten = useKept(asked);
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const forget = useMutation({
    mutationFn: (type: string) =>
      done(api.client.DELETE('/api/v1/event-types/{type}', { params: { path: { type } } })),
    onSuccess: async (_, type) => {
      await queries.invalidateQueries({ queryKey: api.key('event-types') });
      toast({ message: `“${inert(type)}” is forgotten.` });
      onClose();
    },
  });
  const seen = forgotten?.events ?? 0;
  return (
    <ConfirmDialog
      opened={asked !== null}
      onClose={() => {
        forget.reset();
        onClose();
      }}
      title={`Forget ${inert(forgotten?.event ?? '')}?`}
      consequences={[
        seen === 0
          ? 'Its description and example are gone.'
          : `Its description, its example and its count of ${count(seen, 'event')} are gone.`,
        'The events themselves stay, and endpoints go on to get it.',
        'It comes back, without a description, when such an event is accepted again.',
      ]}
      action="Forget the event type"
      onConfirm={() => forgotten !== null && forget.mutate(forgotten.event)}
      isBusy={forget.isPending}
      error={forget.error}
    />
  );
}
