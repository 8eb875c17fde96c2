import { Button, Group, Loader, Paper, Stack, Text } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useApi } from '../../api/use-api';
import type { Column } from '../../ui/data-table';
import { DataTable } from '../../ui/data-table';
import { ErrorState } from '../../ui/error-state';
import { StatusBadge } from '../../ui/status-badge';
import { EndpointName } from '../deliveries/endpoint-names';
import { findUnsent } from './find-unsent';
import type { Unsent } from './unsent';
import type { LoadedEvent } from './use-event';

const COLUMNS: Column<Unsent>[] = [
  {
    key: 'endpoint',
    header: 'Endpoint',
    cell: ({ endpoint }) => <EndpointName id={endpoint.id} isLink />,
  },
  {
    key: 'status',
    header: 'Status',
    width: '8rem',
    cell: ({ endpoint }) => <StatusBadge of="endpoint" status={endpoint.status} />,
  },
  { key: 'reason', header: 'Why not', width: '60%', cell: ({ text }) => <Text size="sm">{text}</Text> },
];

/** Asked only when somebody wants to know: it looks at every endpoint. */
export function WhoElse({ loaded }: { loaded: LoadedEvent }) {
  const [isAsked, setAsked] = useState(false);
  if (!isAsked)
    return (
      <Group>
        <Button
          variant="default"
          leftSection={<IconHelpCircle size={16} aria-hidden />}
          onClick={() => setAsked(true)}
        >
          Who did not get it, and why?
        </Button>
      </Group>
    );
  return <Others loaded={loaded} />;
}

function Others({ loaded }: { loaded: LoadedEvent }) {
  const api = useApi();
  const owed = useMemo(
    () => new Set(loaded.event.deliveries.map(({ webhookId }) => webhookId)),
    [loaded.event.deliveries],
  );
  const found = useQuery({
    queryKey: api.key('events', 'unsent', loaded.event.id),
    queryFn: ({ signal }) => findUnsent(api.client, loaded, { owed, signal }),
    staleTime: 30_000,
  });
  return (
    <Stack gap="xs" role="region" aria-label="Who did not get it" aria-live="polite">
      <Text fw={600}>Who did not get it</Text>
      {found.isPending && (
        <Group gap="xs">
          <Loader size="sm" />
          <Text size="sm">Looking at the other endpoints …</Text>
        </Group>
      )}
      {found.isError && (
        <ErrorState
          error={found.error}
          what="The endpoints could not be looked at"
          onRetry={() => void found.refetch()}
        />
      )}
      {found.data && (
        <>
          <Text size="sm" c="dimmed">
            By the endpoints’ settings as they are now; they may have been others when the event was accepted.
            {found.data.isMore && ' Only the first 1,000 endpoints were looked at.'}
          </Text>
          {found.data.items.length === 0 ? (
            <Paper withBorder p="md">
              <Text size="sm">Every endpoint that there is got it.</Text>
            </Paper>
          ) : (
            <DataTable
              label="Endpoints that did not get it"
              columns={COLUMNS}
              rows={found.data.items}
              rowKey={({ endpoint }) => endpoint.id}
              empty={null}
            />
          )}
        </>
      )}
    </Stack>
  );
}
