import { Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { useApi } from '../../api/use-api';
import { DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { count, number } from '../../ui/format';
import { TextLink } from '../../ui/links';
import { recipientColumns } from './recipient-columns';
import type { LoadedEvent } from './use-event';
import { WhoElse } from './who-else';

/** Whom an event is owed to, and, when somebody asks, who is not among them and why. */
export function Recipients({ loaded, isScheduled }: { loaded: LoadedEvent; isScheduled: boolean }) {
  const { tenant } = useApi();
  const { event } = loaded;
  const { deliveries, deliveryCount } = event;
  const columns = useMemo(() => recipientColumns(tenant), [tenant]);
  const isPart = deliveryCount > deliveries.length;
  // The list's end is exclusive: a millisecond holds this event, and few others.
  const until = new Date(Date.parse(event.createdAt) + 1).toISOString();
  return (
    <Stack gap="xs">
      <Title order={2}>Owed to</Title>
      {isScheduled ? (
        <Text size="sm" c="dimmed">
          Nobody yet: it is owed to the endpoints that there are when its time comes.
        </Text>
      ) : (
        <>
          {isPart && (
            <Text size="sm">
              It is owed to {count(deliveryCount, 'endpoint')}; the first {number(deliveries.length)} are
              shown.{' '}
              <TextLink
                to="/t/$tenant/deliveries"
                underline="always"
                params={{ tenant }}
                search={{ event: event.event, since: event.createdAt, until }}
              >
                All of them
              </TextLink>
            </Text>
          )}
          <DataTable
            label="Deliveries of this event"
            columns={columns}
            rows={deliveries}
            rowKey={({ id }) => id}
            empty={
              <EmptyState title="No endpoint is owed it">
                No endpoint was subscribed to {event.event} when it was accepted, or none of them wanted this
                one.
              </EmptyState>
            }
          />
          {!isPart && <WhoElse loaded={loaded} />}
        </>
      )}
    </Stack>
  );
}
