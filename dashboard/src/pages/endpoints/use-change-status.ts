import { useMutation } from '@tanstack/react-query';
import { takeTagged } from '../../api/client';
import { asApiError } from '../../api/error';
import type { EndpointStatus } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useToast } from '../../ui/toast';
import { useEndpointChanged } from './queries';

interface Change {
  id: string;
  name: string;
  from: EndpointStatus;
  to: 'active' | 'paused' | 'disabled';
}

const DONE = { active: 'is active', paused: 'is paused', disabled: 'is disabled' } as const;

/** Pauses, resumes, disables and enables; offers to undo what can be undone. */
export function useChangeStatus() {
  const api = useApi();
  const toast = useToast();
  const changed = useEndpointChanged();
  const change = useMutation({
    mutationFn: ({ id, to }: Change) =>
      takeTagged(
        api.client.PATCH('/api/v1/webhooks/{id}', { params: { path: { id } }, body: { status: to } }),
      ),
    onSuccess: (endpoint, { id, name, from, to }) => {
      changed(endpoint);
      const message = `${name} ${DONE[to]}`;
      // Nothing is lost by pausing and going on. Disabling makes dead letters of what was owed: enabling does not undo that.
      const canUndo = (from === 'active' || from === 'paused') && to !== 'disabled';
      toast(
        canUndo
          ? { message, action: { label: 'Undo', run: () => change.mutate({ id, name, from: to, to: from }) } }
          : { message },
      );
    },
    onError: (error, { name }) =>
      toast({ message: `${name} was not changed. ${asApiError(error).detail}`, tone: 'bad' }),
  });
  return change;
}
