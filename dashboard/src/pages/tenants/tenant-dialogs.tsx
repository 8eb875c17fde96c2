import { Modal, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { take, takeTagged } from '../../api/client';
import { IdempotencyKeys } from '../../api/id';
import type { Tenant } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { useToast } from '../../ui/toast';
import { type Draft, draftOf, EMPTY, limitsOf } from './draft';
import { TenantForm } from './tenant-form';

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function MakeTenant({ opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Make a tenant"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Make onClose={onClose} />
    </Modal>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const api = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const once = useRef(new IdempotencyKeys());
  const make = useMutation({
    mutationFn: (draft: Draft) => {
      const body = {
        name: draft.name.trim(),
        ...(draft.id === '' ? {} : { id: draft.id }),
        ...limitsOf(draft),
      };
      const header = { 'Idempotency-Key': once.current.for(body) };
      return take(api.client.POST('/api/v1/tenants', { body, params: { header } }));
    },
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: api.key('tenants') });
      toast({ message: `The tenant “${id}” is made.` });
      onClose();
    },
  });
  return (
    <TenantForm
      before={EMPTY}
      isNew
      action="Make the tenant"
      what="The tenant was not made"
      error={make.error}
      isBusy={make.isPending}
      onSend={(draft) => make.mutate(draft)}
      onClose={onClose}
    />
  );
}

interface ChangeProps {
  /** Null: none is changed. */
  changed: Tenant | null;
  onClose: () => void;
}

export function ChangeTenant({ changed: asked, onClose }: ChangeProps) {
  const changed = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={`Change ${changed?.id ?? ''}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {changed !== null && <Loaded key={changed.id} id={changed.id} onClose={onClose} />}
    </Modal>
  );
}

/** Read anew, so that nobody’s change in between is overwritten. */
function Loaded({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const read = useQuery({
    queryKey: api.key('tenants', 'one', id),
    queryFn: ({ signal }) =>
      takeTagged(api.client.GET('/api/v1/tenants/{id}', { params: { path: { id } }, signal })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const etag = read.data?.etag ?? null;
  const change = useMutation({
    mutationFn: (draft: Draft) =>
      take(
        api.client.PATCH('/api/v1/tenants/{id}', {
          params: { path: { id }, header: etag === null ? {} : { 'If-Match': etag } },
          body: { name: draft.name.trim(), ...limitsOf(draft) },
        }),
      ),
    onSuccess: ({ name }) => {
      void queries.invalidateQueries({ queryKey: api.key('tenants') });
      toast({ message: `“${inert(name)}” is changed.` });
      onClose();
    },
  });
  if (read.error !== null) return <ErrorState error={read.error} onRetry={() => void read.refetch()} />;
  if (read.data === undefined) return <Skeleton height={320} />;
  return (
    <TenantForm
      before={draftOf(read.data.data)}
      isNew={false}
      action="Save"
      what="The tenant was not changed"
      error={change.error}
      isBusy={change.isPending}
      onSend={(draft) => change.mutate(draft)}
      onClose={onClose}
    />
  );
}
