import { Modal, Skeleton, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { take, takeTagged } from '../../api/client';
import { asApiError } from '../../api/error';
import type { Key } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { FormActions } from '../../ui/form-actions';
import { useKept } from '../../ui/kept';
import { useToast } from '../../ui/toast';
import { dayOf, expiresAt } from './expiry';
import { type Draft, KeyFields } from './key-fields';
import { changeable } from './role';
import { useKeyApi } from './use-key-api';

interface Props {
  /** Null: none is changed. */
  changed: Key | null;
  onClose: () => void;
}

export function ChangeKey({ changed: asked, onClose }: Props) {
  const changed = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title="Change the key"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {changed !== null && <Loaded key={changed.id} id={changed.id} onClose={onClose} />}
    </Modal>
  );
}

/** Read anew, so that nobody’s change in between is overwritten. */
function Loaded({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useKeyApi();
  const { data, error, refetch } = useQuery({
    queryKey: api.key('keys', 'one', id),
    queryFn: ({ signal }) =>
      takeTagged(api.client.GET('/api/v1/keys/{id}', { params: { path: { id } }, signal })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={320} />;
  return <Body key={data.etag ?? ''} before={data.data} etag={data.etag} onClose={onClose} />;
}

function Body({ before, etag, onClose }: { before: Key; etag: string | null; onClose: () => void }) {
  const api = useKeyApi();
  const instance = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const [opened] = useState(Date.now);
  const [isAsked, setAsked] = useState(false);
  const [draft, setDraft] = useState<Draft>({
    name: before.name,
    role: before.role,
    term: before.expiresAt === null ? 'never' : 'at',
    day: before.expiresAt === null ? '' : dayOf(before.expiresAt),
  });
  const isSameDay = draft.term === 'at' && before.expiresAt !== null && draft.day === dayOf(before.expiresAt);
  const end = isSameDay ? before.expiresAt : expiresAt(draft.term, draft.day, opened);
  const change = useMutation({
    mutationFn: () =>
      take(
        api.client.PATCH('/api/v1/keys/{id}', {
          params: { path: { id: before.id }, header: etag === null ? {} : { 'If-Match': etag } },
          body: {
            ...(draft.name.trim() === before.name ? {} : { name: draft.name.trim() }),
            ...(draft.role === before.role ? {} : { role: draft.role }),
            ...(end === undefined || end === before.expiresAt ? {} : { expiresAt: end }),
          },
        }),
      ),
    onSuccess: ({ name }) => {
      void queries.invalidateQueries({ queryKey: api.key('keys') });
      void queries.invalidateQueries({ queryKey: instance.key('keys') });
      toast({ message: `“${name}” is changed. It counts from the next request on.` });
      onClose();
    },
  });
  const error = change.error === null ? null : asApiError(change.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (draft.name.trim() !== '' && end !== undefined) change.mutate();
        else focusFirstFault(event.currentTarget);
      }}
    >
      <Stack>
        <KeyFields
          draft={draft}
          onChange={setDraft}
          roles={changeable(before.role)}
          error={error}
          isAsked={isAsked}
          now={opened}
        />
        {error !== null && <ErrorState error={error} what="The key was not changed" />}
        <FormActions action="Save" isBusy={change.isPending} onClose={onClose} />
      </Stack>
    </form>
  );
}
