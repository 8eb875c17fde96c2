import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { HourStats, Stats } from '../../../api/types';
import { DURATION_STEPS } from '../../../ui/axis-steps';
import { duration, shortNumber } from '../../../ui/format';
import { byHour, hoursBetween } from '../../../ui/series-gaps';
import { type Series, TimeSeries } from '../../../ui/time-series';
import { attemptsInWords, FAILURES, latencyInWords } from './series';

const NOTHING: Stats = {
  since: '',
  until: '',
  attempts: 0,
  outcomes: {
    succeeded: 0,
    http_error: 0,
    timeout: 0,
    unreachable: 0,
    tls_error: 0,
    protocol_error: 0,
    blocked: 0,
  },
  successRate: null,
  latencyMs: { mean: null, p50: null, p95: null, p99: null },
  hours: [],
};

/** Attempts by outcome, and how long they took, hour by hour. */
export function StatsCharts({ stats, isStale }: { stats: Stats | undefined; isStale: boolean }) {
  const shown = stats ?? NOTHING;
  // Nothing at all is said in words, not drawn as a line at zero.
  const times = shown.hours.length === 0 ? [] : hoursBetween(shown.since, shown.until);
  const of = <Value,>(value: (hour: HourStats) => Value, empty: Value) =>
    byHour(times, shown.hours, value, empty);
  const outcomes: Series[] = [
    { label: 'Succeeded', tone: 'good', values: of((hour) => hour.outcomes.succeeded, 0) },
    ...FAILURES.filter(({ outcome }) => shown.outcomes[outcome] > 0).map(
      ({ outcome, label, tone, isDashed }): Series => ({
        label,
        tone,
        isDashed,
        values: of((hour) => hour.outcomes[outcome], 0),
      }),
    ),
  ];
  const latency: Series[] = [
    { label: 'p50', tone: 'accent', values: of((hour) => hour.latencyMs.p50, null) },
    { label: 'p95', tone: 'warn', values: of((hour) => hour.latencyMs.p95, null) },
    { label: 'p99', tone: 'quiet', isDashed: true, values: of((hour) => hour.latencyMs.p99, null) },
  ];
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ opacity: isStale ? 0.6 : 1 }}>
      <Chart title="By outcome" words={attemptsInWords(shown)}>
        <TimeSeries
          label="Attempts by outcome"
          summary={attemptsInWords(shown)}
          times={times}
          series={outcomes}
          format={shortNumber}
          isLoading={stats === undefined}
        />
      </Chart>
      <Chart title="How long they took" words={latencyInWords(shown)}>
        <TimeSeries
          label="How long attempts took"
          summary={latencyInWords(shown)}
          times={times}
          series={latency}
          format={duration}
          steps={DURATION_STEPS}
          isLoading={stats === undefined}
        />
      </Chart>
    </SimpleGrid>
  );
}

function Chart({ title, words, children }: { title: string; words: string; children: React.ReactNode }) {
  return (
    <Stack gap={4} miw={0}>
      <Title order={3}>{title}</Title>
      <Text size="sm" c="dimmed" mih="1.5em">
        {words}
      </Text>
      {children}
    </Stack>
  );
}
