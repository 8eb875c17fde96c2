import { Button, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { done } from '../../../api/client';
import type { Endpoint } from '../../../api/types';
import { useApi } from '../../../api/use-api';
import { ConfirmDialog } from '../../../ui/confirm-dialog';
import { useToast } from '../../../ui/toast';
import { DELETE_CONSEQUENCES, DISABLE_CONSEQUENCES } from '../consequences';
import { useChangeStatus } from '../use-change-status';

/** What cannot be undone. */
export function DangerTab({ endpoint }: { endpoint: Endpoint }) {
  return (
    <Stack>
      {(endpoint.status === 'active' || endpoint.status === 'paused') && <Disable endpoint={endpoint} />}
      <Delete endpoint={endpoint} />
    </Stack>
  );
}

function Disable({ endpoint: { id, name, status, queued } }: { endpoint: Endpoint }) {
  const [isAsking, setAsking] = useState(false);
  const change = useChangeStatus();
  return (
    <Act title="Disable" action="Disable…" onAct={() => setAsking(true)}>
      Turns it off until somebody enables it. What is owed to it becomes dead letters, and new events are not
      owed to it.
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Disable ${name}?`}
        consequences={DISABLE_CONSEQUENCES(queued)}
        action="Disable the endpoint"
        isBusy={change.isPending}
        error={change.error}
        onConfirm={() =>
          change.mutate({ id, name, from: status, to: 'disabled' }, { onSuccess: () => setAsking(false) })
        }
      />
    </Act>
  );
}

function Delete({ endpoint: { id, name, queued } }: { endpoint: Endpoint }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => done(api.client.DELETE('/api/v1/webhooks/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      toast({ message: `${name} is deleted` });
      await navigate({ to: '/t/$tenant/endpoints', params: { tenant: api.tenant } });
      queries.removeQueries({ queryKey: api.key('endpoints', 'one', id) });
      void queries.invalidateQueries({ queryKey: api.key('endpoints') });
    },
  });
  return (
    <Act title="Delete" action="Delete…" onAct={() => setAsking(true)}>
      Takes it away for good, with its secret and its settings.
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Delete ${name}?`}
        consequences={DELETE_CONSEQUENCES(queued)}
        action="Delete the endpoint"
        typed={name}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </Act>
  );
}

interface ActProps {
  title: string;
  action: string;
  onAct: () => void;
  children: React.ReactNode;
}

function Act({ title, action, onAct, children }: ActProps) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs" align="flex-start">
        <Title order={2}>{title}</Title>
        <Text size="sm" maw="70ch" component="div">
          {children}
        </Text>
        <Button color="red" variant="outline" c="var(--hy-bad)" onClick={onAct}>
          {action}
        </Button>
      </Stack>
    </Paper>
  );
}
