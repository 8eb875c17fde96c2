import { Group, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { oneOf } from '../../../app/search';
import { useLiveQueries } from '../../../live/hooks';
import { ErrorState } from '../../../ui/error-state';
import { WINDOWS } from '../endpoint-search';
import type { TabProps } from './part';
import { StateCard } from './state-card';
import { StatsCharts } from './stats-charts';

const LABELS: Readonly<Record<(typeof WINDOWS)[number], string>> = {
  '1h': '1 hour',
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
};
const USUAL = '24h';

/** How it is, and how it was. */
export function OverviewTab({ endpoint, search, set }: TabProps) {
  const api = useApi();
  const window = search.window ?? USUAL;
  const stats = useQuery({
    queryKey: api.key('endpoints', 'stats', endpoint.id, window),
    queryFn: ({ signal }) =>
      take(
        api.client.GET('/api/v1/webhooks/{id}/stats', {
          params: { path: { id: endpoint.id }, query: { window } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  // Counts are written down every three seconds.
  useLiveQueries([api.key('endpoints', 'stats', endpoint.id), api.key('endpoints', 'one', endpoint.id)], {
    matters: ({ webhookId }) => webhookId === endpoint.id,
    everyMs: 4000,
  });
  return (
    <Stack>
      <StateCard endpoint={endpoint} />
      <Paper withBorder p="md" component="section" aria-labelledby="counts">
        <Stack gap="sm">
          <Group justify="space-between" gap="xs">
            <Title order={2} id="counts">
              Attempts
            </Title>
            <SegmentedControl
              size="xs"
              aria-label="How far back"
              data={WINDOWS.map((value) => ({ value, label: LABELS[value] }))}
              value={window}
              onChange={(value) => {
                const chosen = oneOf(value, WINDOWS);
                set({ window: chosen === USUAL ? undefined : chosen });
              }}
            />
          </Group>
          {stats.error && !stats.data ? (
            <ErrorState
              error={stats.error}
              what="The counts could not be loaded"
              onRetry={() => void stats.refetch()}
            />
          ) : (
            <StatsCharts stats={stats.data} isStale={stats.isPlaceholderData} />
          )}
          <Text size="xs" c="dimmed">
            Counted by whole hours, the one in which the time begins included.
          </Text>
        </Stack>
      </Paper>
    </Stack>
  );
}
