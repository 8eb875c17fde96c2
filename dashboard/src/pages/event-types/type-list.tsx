import { Group, Stack, Text } from '@mantine/core';
import { IconEdit, IconTags, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import type { KnownType } from '../../api/types';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { number } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { actionsColumn, RowAction } from '../../ui/row-actions';
import { RowLink } from '../../ui/row-link';
import { Time } from '../../ui/time';
import { ExampleDialog } from './example-dialog';
import { ForgetType } from './forget-type';

const route = getRouteApi('/app/t/$tenant/event-types');

export function TypeList({ describe }: { describe: React.ReactNode }) {
  const api = useApi();
  const { can } = useSession();
  const search = route.useSearch();
  const { cursor = '' } = search;
  const navigate = route.useNavigate();
  const [forgotten, setForgotten] = useState<KnownType | null>(null);
  const list = useQuery({
    queryKey: api.key('event-types', 'list', cursor),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/event-types', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
  });
  const columns: Column<KnownType>[] = [
    { key: 'event', header: 'Event type', cell: (row) => <TypeLink row={row} /> },
    { key: 'description', header: 'Description', cell: (row) => <Description row={row} /> },
    { key: 'events', header: 'Events', align: 'right', cell: ({ events }) => number(events) },
    { key: 'last', header: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    {
      key: 'first',
      header: 'First seen',
      isWideOnly: true,
      cell: ({ firstSeenAt }) => <Time at={firstSeenAt} />,
    },
    ...(can('write')
      ? [
          actions({
            onDescribe: ({ event }) => void navigate({ search: { ...search, type: event } }),
            onForget: setForgotten,
          }),
        ]
      : []),
  ];
  if (list.error !== null) {
    return (
      <ErrorState
        error={list.error}
        what="The event types could not be loaded"
        onRetry={() => void list.refetch()}
      />
    );
  }
  return (
    <Stack>
      <DataTable
        label="Event types"
        columns={columns}
        rows={list.data?.items}
        rowKey={({ event }) => event}
        isStale={list.isPlaceholderData}
        empty={
          <EmptyState icon={IconTags} title="No event type yet" action={describe}>
            A type stands here once the first event of it is accepted, or somebody describes it.
          </EmptyState>
        }
      />
      <Pager
        what="event types"
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => void navigate({ search: present({ cursor: to === '' ? undefined : to }) })}
      />
      <ForgetType forgotten={forgotten} onClose={() => setForgotten(null)} />
    </Stack>
  );
}

/** The events of a type are what one wants to see of it. */
function TypeLink({ row }: { row: KnownType }) {
  const { tenant } = useApi();
  return (
    <RowLink to="/t/$tenant/events" params={{ tenant }} search={{ event: row.event }}>
      {inert(row.event)}
    </RowLink>
  );
}

function Description({ row }: { row: KnownType }) {
  const hasExample = row.example !== null && row.example !== undefined;
  return (
    <Group gap="xs">
      {row.description === null ? (
        <Text size="sm" c="dimmed" component="span">
          not described
        </Text>
      ) : (
        <Text size="sm" component="span" style={{ overflowWrap: 'anywhere' }}>
          {inert(row.description)}
        </Text>
      )}
      {hasExample && <ExampleDialog type={row.event} example={row.example} />}
    </Group>
  );
}

interface Actions {
  onDescribe: (type: KnownType) => void;
  onForget: (type: KnownType) => void;
}

function actions({ onDescribe, onForget }: Actions): Column<KnownType> {
  return actionsColumn((row) => (
    <>
      <RowAction icon={IconEdit} label="Describe" of={row.event} onClick={() => onDescribe(row)} />
      <RowAction icon={IconTrash} label="Forget" of={row.event} isDanger onClick={() => onForget(row)} />
    </>
  ));
}
