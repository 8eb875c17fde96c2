import { Checkbox, Group, Stack, Text } from '@mantine/core';
import type { Delivery } from '../../api/types';
import type { Column } from '../../ui/data-table';
import { RowLink } from '../../ui/row-link';
import { Time } from '../../ui/time';
import { deliveryColumns } from '../deliveries/columns';
import { reasonOf } from './reason';

interface Choice {
  has: (id: string) => boolean;
  toggle: (id: string) => void;
}

/** As of all deliveries, with the reason in place of the status, and a box to choose each by where one may. */
export function letterColumns(tenant: string, choice: Choice | undefined): Column<Delivery>[] {
  const kept = deliveryColumns(tenant).filter(({ key }) => ['endpoint', 'answer', 'attempts'].includes(key));
  return [
    {
      key: 'event',
      header: 'Event',
      cell: ({ id, event, eventId }) => (
        <Group gap="sm" wrap="nowrap" align="flex-start">
          {choice && (
            <Checkbox
              className="hy-above"
              mt={2}
              aria-label={`Choose ${event}, ${eventId}`}
              checked={choice.has(id)}
              onChange={() => choice.toggle(id)}
            />
          )}
          <Stack gap={0} miw={0}>
            <RowLink to="/t/$tenant/deliveries/$deliveryId" params={{ tenant, deliveryId: id }}>
              {event}
            </RowLink>
            <Text size="xs" c="dimmed" className="hy-mono" style={{ overflowWrap: 'anywhere' }}>
              {eventId}
            </Text>
          </Stack>
        </Group>
      ),
    },
    {
      key: 'reason',
      header: 'Reason',
      width: '11rem',
      cell: ({ deadReason }) => (deadReason === null ? '–' : reasonOf(deadReason).title),
    },
    ...kept,
    { key: 'since', header: 'Given up', width: '9rem', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  ];
}
