import { Modal, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { take, takeTagged } from '../../api/client';
import { IdempotencyKeys } from '../../api/id';
import type { InboundSource, SourceWithSecret } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { OnceDialog } from '../../ui/once-dialog';
import { useToast } from '../../ui/toast';
import { type Draft, draftOf, EMPTY, hmacAsked } from './draft';
import { Paste } from './paste';
import { SourceForm } from './source-form';

export function MakeSource({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <OnceDialog opened={opened} title="Make a source" shownTitle="The source is made" onClose={onClose}>
      {({ close, onShown }) => <Make onClose={close} onShown={onShown} />}
    </OnceDialog>
  );
}

function Make({ onClose, onShown }: { onClose: () => void; onShown: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const once = useRef(new IdempotencyKeys());
  const make = useMutation<SourceWithSecret, unknown, Draft>({
    mutationFn: (draft) => {
      const hmac = hmacAsked(draft);
      const body = {
        kind: draft.kind,
        name: draft.name.trim(),
        perMinute: Number(draft.perMinute),
        ...(draft.secret === '' ? {} : { secret: draft.secret }),
        ...(hmac === undefined ? {} : { hmac }),
      };
      const header = { 'Idempotency-Key': once.current.for(body) };
      return take(api.client.POST('/api/v1/sources', { body, params: { header } }));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: api.key('sources') });
      onShown();
    },
  });
  if (make.data !== undefined)
    return <Paste source={make.data} secret={make.data.secret} onClose={onClose} />;
  return (
    <SourceForm
      before={EMPTY}
      isNew
      action="Make the source"
      what="The source was not made"
      error={make.error}
      isBusy={make.isPending}
      onSend={(draft) => make.mutate(draft)}
      onClose={onClose}
    />
  );
}

interface OneProps {
  /** Null: none. */
  source: InboundSource | null;
  onClose: () => void;
}

export function ChangeSource({ source: asked, onClose }: OneProps) {
  const source = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={`Change ${inert(source?.name ?? '')}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {source !== null && <Loaded key={source.id} id={source.id} onClose={onClose} />}
    </Modal>
  );
}

/** Read anew, so that nobody’s change in between is overwritten. */
function Loaded({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const read = useQuery({
    queryKey: api.key('sources', 'one', id),
    queryFn: ({ signal }) =>
      takeTagged(api.client.GET('/api/v1/sources/{id}', { params: { path: { id } }, signal })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const etag = read.data?.etag ?? null;
  const change = useMutation({
    mutationFn: (draft: Draft) => {
      const hmac = hmacAsked(draft);
      return take(
        api.client.PATCH('/api/v1/sources/{id}', {
          params: { path: { id }, header: etag === null ? {} : { 'If-Match': etag } },
          body: {
            name: draft.name.trim(),
            perMinute: Number(draft.perMinute),
            ...(hmac === undefined ? {} : { hmac }),
          },
        }),
      );
    },
    onSuccess: ({ name }) => {
      void queries.invalidateQueries({ queryKey: api.key('sources') });
      toast({ message: `“${inert(name)}” is changed.` });
      onClose();
    },
  });
  if (read.error !== null) return <ErrorState error={read.error} onRetry={() => void read.refetch()} />;
  if (read.data === undefined) return <Skeleton height={240} />;
  return (
    <SourceForm
      before={draftOf(read.data.data)}
      isNew={false}
      action="Save"
      what="The source was not changed"
      error={change.error}
      isBusy={change.isPending}
      onSend={(draft) => change.mutate(draft)}
      onClose={onClose}
    />
  );
}

/** The URL again, and what to do with it. */
export function ShowSource({ source: asked, onClose }: OneProps) {
  const source = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={`Where to send for ${inert(source?.name ?? '')}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {source !== null && <Paste source={source} secret={null} onClose={onClose} />}
    </Modal>
  );
}
