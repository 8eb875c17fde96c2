import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { oneOf } from '../../app/search';
import { useLiveQueries } from '../../live/hooks';
import { ErrorState } from '../../ui/error-state';
import { LiveBadge } from '../../ui/live-badge';
import { PageHeader } from '../../ui/page-header';
import { Badge } from '../../ui/status-badge';
import { AttentionList } from './attention-list';
import { Charts } from './charts';
import { FirstRun } from './first-run';
import { Spoken, Ticker } from './ticker';
import { Tiles } from './tiles';
import { useCompared, useFreshStats, useStats } from './use-stats';
import { WINDOWS } from './window';

const route = getRouteApi('/app/t/$tenant/overview');

export function OverviewPage() {
  const api = useApi();
  const { window = '24h' } = route.useSearch();
  const navigate = route.useNavigate();
  const [isLive, setLive] = useState(true);
  const stats = useStats(window, isLive);
  const compared = useCompared(window);
  const begun = useBegun();
  useFreshStats(isLive);
  useLiveQueries([api.key('attention'), api.key('begun')], { everyMs: 4000, isOn: isLive });
  const isNew = begun !== undefined && !begun.hasEvent;
  // Who followed the steps sees the last one come true.
  const [hasSteps, setSteps] = useState(false);
  if (isNew && !hasSteps) setSteps(true);
  return (
    <Stack gap="lg">
      <PageHeader
        title="Overview"
        aside={isLive ? <LiveBadge /> : <Badge tone="quiet" icon={IconPlayerPause} text="Paused" />}
        actions={
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label="Time shown"
              value={window}
              onChange={(value) => {
                const next = oneOf(value, WINDOWS);
                if (next !== undefined)
                  void navigate({ search: next === '24h' ? {} : { window: next }, replace: true });
              }}
              data={[...WINDOWS]}
            />
            <Button
              size="xs"
              variant="default"
              leftSection={
                isLive ? <IconPlayerPause size={14} aria-hidden /> : <IconPlayerPlay size={14} aria-hidden />
              }
              onClick={() => {
                if (!isLive) void stats.refetch();
                setLive(!isLive);
              }}
            >
              {isLive ? 'Pause' : 'Go on'}
            </Button>
          </Group>
        }
      />
      {hasSteps && begun !== undefined && (
        <FirstRun
          {...begun}
          hasDelivery={(stats.data?.outcomes.succeeded ?? 0) > 0}
          onDone={() => setSteps(false)}
        />
      )}
      {stats.error !== null && (
        <ErrorState
          error={stats.error}
          what="The statistics could not be loaded"
          onRetry={() => void stats.refetch()}
        />
      )}
      {!isNew && (
        <>
          <Tiles stats={stats.data} compared={compared} window={window} />
          <AttentionList isLive={isLive} />
          <Charts stats={stats.data} />
        </>
      )}
      <Ticker isLive={isLive} />
      <Spoken isLive={isLive} />
    </Stack>
  );
}

/** Whether this tenant has ever had an endpoint and an event: without, the first steps are shown. */
function useBegun(): { hasEndpoint: boolean; hasEvent: boolean } | undefined {
  const api = useApi();
  const params = { query: { limit: 1 } };
  const { data } = useQuery({
    queryKey: api.key('begun'),
    queryFn: async ({ signal }) => {
      // Events go after their time; their types are remembered.
      const [endpoints, events, types] = await Promise.all([
        take(api.client.GET('/api/v1/webhooks', { params, signal })),
        take(api.client.GET('/api/v1/events', { params, signal })),
        take(api.client.GET('/api/v1/event-types', { params, signal })),
      ]);
      return {
        hasEndpoint: endpoints.items.length > 0,
        hasEvent: events.items.length > 0 || types.items.some((type) => type.events > 0),
      };
    },
    // Once there was an event there always is.
    staleTime: ({ state }) => (state.data?.hasEvent ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: ({ state }) => (state.data?.hasEvent ? false : 5000),
  });
  return data;
}
