import { Checkbox, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconMoodSmile } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { NoMatch } from '../../ui/no-match';
import { Pager } from '../../ui/pager';
import { bounds } from '../../ui/time-range';
import { DeliveryFilters, NO_FILTER } from '../deliveries/delivery-filters';
import { type DeliverySearch, type Filter, filterQuery, isFiltered } from '../deliveries/search';
import { letterColumns } from './letter-columns';
import { DEAD_REASONS } from './reason';
import { ReplaySelected } from './replay-selected';

interface Props {
  filter: Filter;
  cursor: string;
  onChange: (change: DeliverySearch) => void;
  /** There is not a single one, whatever the filters. */
  hasNone: boolean;
}

/** Dead letters one by one, to look at and to choose some of. */
export function Letters({ filter, cursor, onChange, hasNone }: Props) {
  const api = useApi();
  const { can } = useSession();
  const list = useQuery({
    queryKey: api.key('dead-letters', 'list', { ...filter, cursor }),
    queryFn: ({ signal }) => {
      const query = { ...filterQuery(filter, DEAD_REASONS), ...bounds(filter, Date.now()), cursor };
      return take(api.client.GET('/api/v1/dead-letters', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.items;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // What is not on the page any more is not chosen: nobody replays what they do not see.
  const selected = useMemo(() => (rows ?? []).filter(({ id }) => chosen.has(id)), [rows, chosen]);
  const mayChoose = can('write');
  const columns = useMemo(
    () =>
      letterColumns(
        api.tenant,
        mayChoose
          ? {
              has: (id) => chosen.has(id),
              toggle: (id) =>
                setChosen(
                  (before) =>
                    new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]),
                ),
            }
          : undefined,
      ),
    [api.tenant, mayChoose, chosen],
  );
  if (hasNone && !isFiltered(filter) && rows?.length === 0)
    return (
      <Paper withBorder>
        <NoLetters />
      </Paper>
    );
  const all = rows?.length ?? 0;
  return (
    <Stack component="section" gap="xs" aria-label="One by one">
      <Title order={2}>One by one</Title>
      <DeliveryFilters value={filter} onChange={onChange} always="dead" what="dead letters" />
      {list.isError ? (
        <ErrorState
          error={list.error}
          what="The dead letters could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <>
          {mayChoose && all > 0 && (
            <Group gap="md" mih={36}>
              <Checkbox
                label="All on this page"
                checked={selected.length === all}
                indeterminate={selected.length > 0 && selected.length < all}
                onChange={(event) =>
                  setChosen(event.currentTarget.checked ? new Set(rows?.map(({ id }) => id)) : new Set())
                }
              />
              <ReplaySelected selected={selected} onDone={() => setChosen(new Set())} />
            </Group>
          )}
          <DataTable
            label="Dead letters"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            isStale={list.isPlaceholderData}
            empty={
              <NoMatch
                what="dead letter"
                hasMore={Boolean(list.data?.nextCursor)}
                onClear={() => onChange(NO_FILTER)}
              />
            }
          />
          {list.data && (
            <Pager
              cursor={cursor}
              nextCursor={list.data.nextCursor}
              what="dead letters"
              onGo={(to) => onChange({ cursor: to === '' ? undefined : to })}
            />
          )}
        </>
      )}
    </Stack>
  );
}

function NoLetters() {
  return (
    <EmptyState icon={IconMoodSmile} title="There are no dead letters">
      A delivery becomes a dead letter when its attempts are used up, or its endpoint is given up or disabled
      while it waits. It is kept here with the reason, so that nothing is lost, and can be replayed once the
      cause is mended.
      <Text size="sm" mt="xs">
        To see one: publish an event to an endpoint that nobody listens at, with maxRetries 0.
      </Text>
    </EmptyState>
  );
}
