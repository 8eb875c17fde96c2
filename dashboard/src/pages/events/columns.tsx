import { Stack, Text } from '@mantine/core';
import type { Event } from '../../api/types';
import type { Column } from '../../ui/data-table';
import { RowLink } from '../../ui/row-link';
import { Time } from '../../ui/time';
import { EventState } from './event-state';
import { sourceText } from './source';

/** The columns of a list of events; scheduled ones say when their time comes instead of when they were accepted. */
export function eventColumns(tenant: string, isScheduled: boolean): Column<Event>[] {
  return [
    {
      key: 'event',
      header: 'Event',
      cell: (event) => (
        <Stack gap={0} style={{ minWidth: 0 }}>
          <RowLink to="/t/$tenant/events/$eventId" params={{ tenant, eventId: event.id }}>
            {event.event}
          </RowLink>
          <Text size="xs" c="dimmed" className="hy-mono hy-two-lines" title={event.eventId}>
            {event.eventId}
          </Text>
        </Stack>
      ),
    },
    { key: 'state', header: 'State', width: '9rem', cell: (event) => <EventState event={event} /> },
    {
      key: 'channels',
      header: 'Channels',
      isWideOnly: true,
      cell: ({ channels }) =>
        channels.length === 0 ? (
          <Text size="sm" c="dimmed">
            none
          </Text>
        ) : (
          channels.join(', ')
        ),
    },
    { key: 'source', header: 'Came by', width: '9rem', cell: ({ source }) => sourceText(source) },
    isScheduled
      ? {
          key: 'deliverAt',
          header: 'Its time comes',
          width: '10rem',
          cell: ({ deliverAt }) => <Time at={deliverAt} />,
        }
      : {
          key: 'accepted',
          header: 'Accepted',
          width: '10rem',
          cell: ({ createdAt }) => <Time at={createdAt} />,
        },
  ];
}
