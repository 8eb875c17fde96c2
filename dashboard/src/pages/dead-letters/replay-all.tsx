import { Button, Loader, Text } from '@mantine/core';
import { IconRotateClockwise } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import type { DeadLetterGroups } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { number } from '../../ui/format';
import { type Bounds, bounds } from '../../ui/time-range';
import { EndpointName } from '../deliveries/endpoint-names';
import { type Filter, filterQuery, isFiltered } from '../deliveries/search';
import { type Count, countUpTo } from './many';
import { DEAD_REASONS, reasonOf } from './reason';
import { useReplay } from './use-replay';

const COUNTED = 1000;

interface Props {
  filter: Filter;
  groups: DeadLetterGroups | undefined;
}

/** Replays every dead letter, or those that fit the filters, after naming how many and what happens. */
export function ReplayAll({ filter, groups }: Props) {
  const api = useApi();
  const isPart = isFiltered(filter);
  const [isOpen, setOpen] = useState(false);
  // The same span for the count and for the replay, though time goes on while somebody reads.
  const [span, setSpan] = useState<Bounds>({});
  const body = { ...filterQuery(filter, DEAD_REASONS), ...span };
  const counted = useQuery({
    queryKey: api.key('dead-letters', 'count', body),
    queryFn: ({ signal }) =>
      countUpTo(COUNTED, (cursor) =>
        take(
          api.client.GET('/api/v1/dead-letters', {
            params: { query: { ...body, limit: 250, cursor } },
            signal,
          }),
        ),
      ),
    enabled: isOpen && isPart,
    staleTime: 0,
  });
  const replay = useReplay((key) =>
    take(
      api.client.POST('/api/v1/dead-letters/replay', {
        params: { header: { 'Idempotency-Key': key } },
        body,
      }),
    ),
  );
  const whole = groups && {
    count: groups.items.reduce((sum, group) => sum + group.count, 0),
    isMore: !groups.isComplete,
  };
  const found = isPart ? counted.data : whole;
  const words = found === undefined ? 'the dead letters' : countText(found);
  if (groups?.items.length === 0) return null;
  return (
    <>
      <Button
        leftSection={<IconRotateClockwise size={16} aria-hidden />}
        disabled={groups === undefined}
        onClick={() => {
          replay.reset();
          setSpan(bounds(filter, Date.now()));
          setOpen(true);
        }}
      >
        {isPart ? 'Replay those that fit …' : 'Replay all …'}
      </Button>
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={isPart ? `Replay ${words} that fit the filters?` : `Replay ${words}?`}
        consequences={[
          isPart ? <What key="what" filter={filter} /> : 'These are all of this tenant, of every endpoint.',
          'Each is sent again with a fresh set of attempts, as fast as its endpoint takes them. What fails again is a dead letter again.',
          'Those of endpoints that are disabled, failed or deleted stay where they are.',
        ]}
        action={found === undefined ? 'Replay' : `Replay ${words}`}
        isDangerous={false}
        onConfirm={() => replay.mutate()}
        isBusy={replay.isPending}
        error={replay.error ?? counted.error}
      >
        {isPart && counted.isPending && (
          <Text size="sm" role="status">
            <Loader size="xs" mr={6} />
            Counting them …
          </Text>
        )}
      </ConfirmDialog>
    </>
  );
}

function countText({ count, isMore }: Count): string {
  if (isMore) return `more than ${number(count)} dead letters`;
  return count === 1 ? '1 dead letter' : `${number(count)} dead letters`;
}

function What({ filter: { event, endpoint, reason, range } }: { filter: Filter }) {
  return (
    <>
      Those{event !== undefined && <> of {event}</>}
      {endpoint !== undefined && (
        <>
          {' '}
          to <EndpointName id={endpoint} />
        </>
      )}
      {range !== undefined && ' within the time that is chosen'}
      {reason === undefined ? ', of every reason.' : `, of the reason “${reasonOf(reason).title}”.`}
    </>
  );
}
