import { Title } from '@mantine/core';
import type { Outcomes, TenantHour, TenantStats } from '../../api/types';
import { DURATION_STEPS, SHARE_STEPS } from '../../ui/axis-steps';
import { count, duration, number, percent } from '../../ui/format';
import { byHour, hoursBetween } from '../../ui/series-gaps';
import { type Series, TimeSeries } from '../../ui/time-series';
import { OUTCOMES } from './outcome';
import classes from './overview.module.css';

/** The window hour by hour. */
export function Charts({ stats }: { stats: TenantStats | undefined }) {
  const times = stats === undefined ? [] : hoursBetween(stats.since, stats.until);
  const hours = stats?.hours ?? [];
  const isLoading = stats === undefined;
  const values = <Value,>(value: (hour: TenantHour) => Value, empty: Value) =>
    byHour(times, hours, value, empty);
  const failed = stats === undefined ? 0 : stats.attempts - stats.outcomes.succeeded;
  const lag = stats?.lagMs ?? null;
  return (
    <section aria-label="Over time" className={classes.charts}>
      <Panel title="Events and attempts">
        <TimeSeries
          label="Events and attempts by hour"
          summary={
            stats === undefined
              ? ''
              : `${count(stats.accepted, 'event')} accepted, ${count(stats.outcomes.succeeded, 'delivery', 'deliveries')} delivered, ${count(failed, 'failed attempt')}.`
          }
          times={times}
          isLoading={isLoading}
          format={number}
          series={[
            { label: 'Accepted', tone: 'accent', values: values((hour) => hour.accepted, 0) },
            {
              label: 'Delivered',
              tone: 'good',
              isDashed: true,
              values: values((hour) => hour.outcomes.succeeded, 0),
            },
          ]}
        />
      </Panel>
      <Panel title="Success rate">
        <TimeSeries
          label="Success rate by hour"
          summary={`${percent(stats?.successRate ?? null)} of ${count(stats?.attempts ?? 0, 'attempt')} succeeded.`}
          times={times}
          isLoading={isLoading}
          format={percent}
          most={1}
          steps={SHARE_STEPS}
          series={[
            {
              label: 'Succeeded',
              tone: 'good',
              values: values<number | null>((hour) => hour.successRate, null),
            },
          ]}
        />
      </Panel>
      <Panel title="Lag, from accepted to delivered">
        <TimeSeries
          label="Lag by hour"
          summary={
            lag?.p50 == null || lag.p95 === null || lag.p99 === null
              ? 'Nothing was delivered.'
              : `Half was delivered within ${duration(lag.p50)}, 95 % within ${duration(lag.p95)}, 99 % within ${duration(lag.p99)}.`
          }
          times={times}
          isLoading={isLoading}
          format={duration}
          steps={DURATION_STEPS}
          series={[
            {
              label: 'Median',
              tone: 'accent',
              values: values<number | null>((hour) => hour.lagMs?.p50 ?? null, null),
            },
            {
              label: '95 %',
              tone: 'warn',
              isDashed: true,
              values: values<number | null>((hour) => hour.lagMs?.p95 ?? null, null),
            },
            {
              label: '99 %',
              tone: 'bad',
              isDashed: true,
              values: values<number | null>((hour) => hour.lagMs?.p99 ?? null, null),
            },
          ]}
        />
      </Panel>
      <Panel title="Failed attempts by outcome">
        <TimeSeries
          label="Failed attempts by hour and outcome"
          summary={failed === 0 ? 'No attempt failed.' : `${count(failed, 'attempt')} failed.`}
          times={times}
          isLoading={isLoading}
          format={number}
          series={failures(stats?.outcomes, (outcome) => values((hour) => hour.outcomes[outcome], 0))}
        />
      </Panel>
    </section>
  );
}

/** The sorts of failure that there were; the plain one where there was none, so that the chart has a line. */
function failures(all: Outcomes | undefined, values: (outcome: keyof Outcomes) => number[]): Series[] {
  const kinds = OUTCOMES.filter(({ outcome }) => outcome !== 'succeeded');
  const found = kinds.filter(({ outcome }) => (all?.[outcome] ?? 0) > 0);
  return (found.length > 0 ? found : kinds.slice(0, 1)).map(({ outcome, text, tone, isDashed }) => ({
    label: text,
    tone,
    isDashed,
    values: values(outcome),
  }));
}

function Panel({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className={classes.panel}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </div>
  );
}
