import { Stack, Text } from '@mantine/core';
import type { Delivery } from '../../api/types';
import { useTicking } from '../../prefs/clock';
import type { Column } from '../../ui/data-table';
import { beginning, inert } from '../../ui/inert';
import { RowLink } from '../../ui/row-link';
import { StatusBadge } from '../../ui/status-badge';
import { Time } from '../../ui/time';
import { reasonOf } from '../dead-letters/reason';
import { EndpointName } from './endpoint-names';

const SHOWN = 120;

/** A text from a receiver, as much of it as a row has room for. */
export function lastAnswer({ responseStatus, error, attemptCount }: Delivery): string {
  if (error !== null) return inert(beginning(error, SHOWN));
  if (responseStatus !== null) return `Answered ${responseStatus}`;
  return attemptCount === 0 ? 'Not tried yet' : '–';
}

function EventCell({ delivery, tenant }: { delivery: Delivery; tenant: string }) {
  return (
    <Stack gap={0} style={{ minWidth: 0 }}>
      <RowLink to="/t/$tenant/deliveries/$deliveryId" params={{ tenant, deliveryId: delivery.id }}>
        {delivery.event}
      </RowLink>
      <Text size="xs" c="dimmed" className="hy-mono hy-two-lines" title={delivery.eventId}>
        {delivery.eventId}
      </Text>
    </Stack>
  );
}

/** One that is due and not made waits for its endpoint: its turn, its rate, its breaker. */
function Next({ at }: { at: string }) {
  const isDue = useTicking((now) => String(Date.parse(at) <= now)) === 'true';
  if (isDue) return 'Due, waits for its endpoint';
  return (
    <>
      Next <Time at={at} />
    </>
  );
}

function StatusCell({ delivery }: { delivery: Delivery }) {
  const { status, deadReason, nextAttemptAt } = delivery;
  return (
    <Stack gap={2} align="inherit">
      <span>
        <StatusBadge of="delivery" status={status} />
      </span>
      {deadReason !== null && (
        <Text size="xs" c="dimmed">
          {reasonOf(deadReason).title}
        </Text>
      )}
      {status === 'retrying' && nextAttemptAt !== null && (
        <Text size="xs" c="dimmed">
          <Next at={nextAttemptAt} />
        </Text>
      )}
    </Stack>
  );
}

/** The columns of deliveries, as every list of them has them. */
export function deliveryColumns(tenant: string): Column<Delivery>[] {
  return [
    {
      key: 'event',
      header: 'Event',
      width: '26%',
      cell: (delivery) => <EventCell delivery={delivery} tenant={tenant} />,
    },
    {
      key: 'status',
      header: 'Status',
      width: '11rem',
      cell: (delivery) => <StatusCell delivery={delivery} />,
    },
    {
      key: 'endpoint',
      header: 'Endpoint',
      width: '19%',
      cell: ({ webhookId }) => <EndpointName id={webhookId} />,
    },
    {
      key: 'answer',
      header: 'Last answer',
      cell: (delivery) => (
        <Text size="sm" c={delivery.error === null ? 'dimmed' : ''}>
          {lastAnswer(delivery)}
        </Text>
      ),
    },
    {
      key: 'attempts',
      header: 'Attempts',
      align: 'right',
      width: '6rem',
      isWideOnly: true,
      cell: ({ attemptCount }) => attemptCount,
    },
    {
      key: 'accepted',
      header: 'Event accepted',
      width: '9rem',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ];
}
