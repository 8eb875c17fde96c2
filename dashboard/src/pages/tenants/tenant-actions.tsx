import { useMutation, useQueryClient } from '@tanstack/react-query';
import { done, take } from '../../api/client';
import type { Tenant } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { forgetTenant, lastTenant } from '../../session/tenant';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { useToast, useUndo } from '../../ui/toast';

interface Props {
  /** Null: none. */
  tenant: Tenant | null;
  onClose: () => void;
}

export function PauseTenant({ tenant: asked, onClose }: Props) {
  const tenant = useKept(asked);
  const setPaused = useSetPaused();
  return (
    <ConfirmDialog
      opened={asked !== null}
      onClose={() => {
        setPaused.reset();
        onClose();
      }}
      title={`Pause ${inert(tenant?.name ?? '')}?`}
      consequences={[
        'Nothing is sent to any of its endpoints, on any node, until it is resumed.',
        'Its events are accepted as before. What its endpoints are owed waits, and nothing of it is lost.',
        'Resumed, it is sent at the rates of its endpoints.',
      ]}
      action="Pause the tenant"
      isDangerous={false}
      onConfirm={() =>
        tenant !== null && setPaused.mutate({ tenant, paused: true }, { onSuccess: () => onClose() })
      }
      isBusy={setPaused.isPending}
      error={setPaused.error}
    />
  );
}

/** Pauses or resumes, and offers to take it back. */
export function useSetPaused() {
  const api = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const undo = useUndo();
  const set = (tenant: Tenant, paused: boolean) =>
    take(api.client.PATCH('/api/v1/tenants/{id}', { params: { path: { id: tenant.id } }, body: { paused } }));
  const refresh = () => void queries.invalidateQueries({ queryKey: api.key('tenants') });
  return useMutation({
    mutationFn: ({ tenant, paused }: { tenant: Tenant; paused: boolean }) => set(tenant, paused),
    onSuccess: (_, { tenant, paused }) => {
      refresh();
      undo(`“${inert(tenant.name)}” is ${paused ? 'paused' : 'resumed'}.`, () => {
        set(tenant, !paused).then(refresh, () =>
          toast({ tone: 'bad', message: 'That could not be undone: look at what it is now.' }),
        );
      });
    },
  });
}

export function DeleteTenant({ tenant: asked, onClose }: Props) {
  const tenant = useKept(asked);
  const api = useInstanceApi();
  const queries = useQueryClient();
  const toast = useToast();
  const remove = useMutation({
    mutationFn: (id: string) => done(api.client.DELETE('/api/v1/tenants/{id}', { params: { path: { id } } })),
    onSuccess: async (_, id) => {
      if (lastTenant() === id) forgetTenant();
      // What the address of a tenant asks for is not asked for twice.
      queries.removeQueries({ queryKey: api.key('tenants', id) });
      await queries.invalidateQueries({ queryKey: api.key('tenants') });
      toast({ message: `The tenant “${id}” is deleted.` });
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
      title={`Delete ${inert(tenant?.name ?? '')}?`}
      consequences={[
        'Its keys open nothing any more, and its endpoints and sources are gone.',
        'What its endpoints are owed is skipped: it is never sent.',
        'Its events, deliveries and audit log are purged in the background. None of it can be had again.',
      ]}
      typed={tenant?.id}
      action="Delete the tenant"
      onConfirm={() => tenant !== null && remove.mutate(tenant.id)}
      isBusy={remove.isPending}
      error={remove.error}
    />
  );
}
