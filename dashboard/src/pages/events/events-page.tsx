import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { IconMailbox, IconPlus, IconRefresh } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { FilterBar } from '../../ui/filter-bar';
import { ButtonLink } from '../../ui/links';
import { NoMatch } from '../../ui/no-match';
import { PageHeader } from '../../ui/page-header';
import { Pager } from '../../ui/pager';
import { bounds } from '../../ui/time-range';
import { TimeRangeInput } from '../../ui/time-range-input';
import { FindForm } from '../deliveries/find-form';
import { eventColumns } from './columns';
import { exampleCommand } from './new-event';
import { PatternInput } from './pattern-input';
import type { EventSearch } from './search';

const route = getRouteApi('/app/t/$tenant/events');

const NO_FILTER = { event: undefined, range: undefined, since: undefined, until: undefined };

export function EventsPage() {
  const api = useApi();
  const { can } = useSession();
  const { cursor = '', ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: EventSearch) =>
    void navigate({ search: (before) => present({ ...before, ...next, cursor: next.cursor }) });
  const { event, scheduled } = filter;
  const list = useQuery({
    queryKey: api.key('events', 'list', { ...filter, cursor }),
    queryFn: ({ signal }) => {
      const query = { ...present({ event, scheduled }), ...bounds(filter, Date.now()), cursor };
      return take(api.client.GET('/api/v1/events', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const isScheduled = scheduled === true;
  const columns = useMemo(() => eventColumns(api.tenant, isScheduled), [api.tenant, isScheduled]);
  const isFiltered = event !== undefined || filter.range !== undefined;

  return (
    <Stack>
      <PageHeader
        title="Events"
        actions={
          <>
            <FindForm />
            {can('publish') && (
              <ButtonLink
                to="/t/$tenant/publish"
                params={{ tenant: api.tenant }}
                leftSection={<IconPlus size={16} aria-hidden />}
              >
                Publish an event
              </ButtonLink>
            )}
          </>
        }
      >
        Facts that were published. Each is owed to every endpoint that is subscribed to its type.
      </PageHeader>
      <Group align="flex-end" justify="space-between" gap="xs">
        <FilterBar what="events" isActive={isFiltered} onClear={() => change(NO_FILTER)}>
          <SegmentedControl
            aria-label="Which events"
            value={isScheduled ? 'scheduled' : 'accepted'}
            onChange={(which) => change({ ...NO_FILTER, scheduled: which === 'scheduled' || undefined })}
            data={[
              { value: 'accepted', label: 'Accepted' },
              { value: 'scheduled', label: 'Scheduled' },
            ]}
          />
          <PatternInput value={event} onChange={(pattern) => change({ event: pattern })} />
          {!isScheduled && <TimeRangeInput value={filter} onChange={change} />}
        </FilterBar>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => void list.refetch()}
          loading={list.isFetching && !list.isPending}
        >
          Refresh
        </Button>
      </Group>
      {list.isError ? (
        <ErrorState
          error={list.error}
          what="The events could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <Stack gap="xs">
          <DataTable
            label={isScheduled ? 'Scheduled events' : 'Events'}
            columns={columns}
            rows={list.data?.items}
            rowKey={({ id }) => id}
            isStale={list.isPlaceholderData}
            empty={
              <NoEvents
                kind={isFiltered || cursor !== '' ? 'filtered' : isScheduled ? 'scheduled' : 'none'}
                hasMore={Boolean(list.data?.nextCursor)}
                onClear={() => change(NO_FILTER)}
              />
            }
          />
          {list.data && (
            <Pager
              cursor={cursor}
              nextCursor={list.data.nextCursor}
              what="events"
              onGo={(to) => change({ cursor: to === '' ? undefined : to })}
            />
          )}
        </Stack>
      )}
    </Stack>
  );
}

interface NoEventsProps {
  kind: 'filtered' | 'scheduled' | 'none';
  hasMore: boolean;
  onClear: () => void;
}

function NoEvents({ kind, hasMore, onClear }: NoEventsProps) {
  const { tenant } = useApi();
  if (kind === 'filtered') return <NoMatch what="event" hasMore={hasMore} onClear={onClear} />;
  if (kind === 'scheduled')
    return (
      <EmptyState icon={IconMailbox} title="No event waits for its time">
        An event that is published with a <span className="hy-mono">deliverAt</span> is kept until then, and
        can be cancelled as long as it is here.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={IconMailbox}
      title="No event was published yet"
      command={exampleCommand(location.origin, tenant)}
    >
      An event says that something happened: it has a type, as order.paid, and data. Publish one, and it is
      delivered to every endpoint that is subscribed to its type.
    </EmptyState>
  );
}
