import { useMutation, useQueryClient } from '@tanstack/react-query';
import { done } from '../../api/client';
import type { InboundSource } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { useToast } from '../../ui/toast';

interface Props {
  /** Null: none. */
  source: InboundSource | null;
  onClose: () => void;
}

export function DeleteSource({ source: asked, onClose }: Props) {
  const source = useKept(asked);
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const remove = useMutation({
    mutationFn: (id: string) => done(api.client.DELETE('/api/v1/sources/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: api.key('sources') });
      toast({ message: `“${inert(source?.name ?? '')}” is deleted.` });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      opened={asked !== null}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      title={`Delete ${inert(source?.name ?? '')}?`}
      consequences={[
        'Whoever still sends to its URL is answered 404, and nothing of that is taken.',
        'Events that came from it stay, and so do their deliveries.',
        'Its URL and secret cannot be had again: another source has others.',
      ]}
      action="Delete the source"
      onConfirm={() => source !== null && remove.mutate(source.id)}
      isBusy={remove.isPending}
      error={remove.error}
    />
  );
}
