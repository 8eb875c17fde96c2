import { useMutation, useQueryClient } from '@tanstack/react-query';
import { done } from '../../api/client';
import type { Key } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { session } from '../../session/store';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { Time } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { useKeyApi } from './use-key-api';

interface Props {
  /** Null: none is revoked. */
  revoked: Key | null;
  onClose: () => void;
}

export function RevokeKey({ revoked: asked, onClose }: Props) {
  const revoked = useKept(asked);
  const api = useKeyApi();
  const instance = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const { who } = useSession();
  const isOwn = revoked !== null && revoked.id === who.keyId;
  const revoke = useMutation({
    mutationFn: (id: string) => done(api.client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      if (isOwn) return session.end('key-refused');
      await Promise.all(
        [api, instance].map(({ key }) => queries.invalidateQueries({ queryKey: key('keys') })),
      );
      if (revoked !== null) toast({ message: `“${inert(revoked.name)}” is revoked.` });
      onClose();
    },
  });
  const consequences = [
    <>
      Whoever sends “{inert(revoked?.name ?? '')}” is answered 401: here at once, at other nodes within a
      second. What was published with it stays.
    </>,
    revoked?.lastUsedAt == null ? (
      'It has never been used.'
    ) : (
      <>
        It was used last <Time at={revoked.lastUsedAt} />: whatever uses it stops working.
      </>
    ),
    ...(isOwn ? [<b key={who.keyId}>It is the key you are signed in with: you will be signed out.</b>] : []),
    'A revoked key cannot be had again; make another in its place.',
  ];
  return (
    <ConfirmDialog
      opened={asked !== null}
      onClose={() => {
        revoke.reset();
        onClose();
      }}
      title={`Revoke “${inert(revoked?.name ?? '')}”?`}
      consequences={consequences}
      action="Revoke the key"
      onConfirm={() => revoked !== null && revoke.mutate(revoked.id)}
      isBusy={revoke.isPending}
      error={revoke.error}
    />
  );
}
