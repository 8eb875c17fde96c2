import { Group, SegmentedControl, Skeleton, Table, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useZone } from '../prefs/hooks';
import { exact } from './format';
import classes from './time-series.module.css';

export interface Series {
  label: string;
  /** One for each time; null where nothing was. */
  values: readonly (number | null)[];
  tone: 'accent' | 'good' | 'bad' | 'warn' | 'quiet';
  /** Dashed lines can be told apart without colours. */
  isDashed?: boolean;
}

export interface TimeSeriesProps {
  /** What is drawn: the chart's name. */
  label: string;
  /** What it comes to, in a sentence, for who does not see it. */
  summary: string;
  /** Unix milliseconds, oldest first. */
  times: readonly number[];
  series: readonly Series[];
  /** How values are written. */
  format: (value: number) => string;
  height?: number;
  /** The top of the axis, where it should not follow the values: 1 for shares. */
  most?: number;
  /** How far the marks of the axis may be apart; whole numbers where nothing is said. */
  steps?: readonly number[];
  isLoading?: boolean;
}

// The drawing library comes once there is something to draw.
const Plot = lazy(() => import('./time-series-plot'));

/** Values over time as lines, and the same as a table. */
export function TimeSeries(props: TimeSeriesProps) {
  const { label, summary, series, height = 200, isLoading = false, times } = props;
  const [form, setForm] = useState('chart');
  return (
    <figure className={classes.figure} aria-label={label}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Group gap="md" component="ul" className={classes.legend ?? ''}>
          {series.map(({ label: name, tone, isDashed = false }) => (
            <li key={name} className={classes.entry} data-tone={tone} data-dashed={isDashed}>
              {name}
            </li>
          ))}
        </Group>
        <SegmentedControl
          size="xs"
          value={form}
          onChange={setForm}
          aria-label={`How to show: ${label}`}
          data={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
        />
      </Group>
      <div style={{ height }}>
        {isLoading ? (
          <Skeleton height={height} />
        ) : form === 'table' ? (
          <Values {...props} height={height} />
        ) : times.length === 0 ? (
          <Text c="dimmed" size="sm" className={classes.nothing ?? ''}>
            Nothing happened in this time.
          </Text>
        ) : (
          <div role="img" aria-label={`${label}. ${summary}`}>
            <Suspense fallback={<Skeleton height={height} />}>
              <Plot {...props} height={height} />
            </Suspense>
          </div>
        )}
      </div>
    </figure>
  );
}

function Values({ label, times, series, format, height = 200 }: TimeSeriesProps) {
  const zone = useZone();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.values} style={{ height }} tabIndex={0} aria-label={`${label}, as a table`}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {series.map((one) => (
              <Table.Th key={one.label} ta="right">
                {one.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {times.map((time, index) => (
            <Table.Tr key={time}>
              <Table.Td>{exact(time, zone)}</Table.Td>
              {series.map((one) => {
                const value = one.values[index] ?? null;
                return (
                  <Table.Td key={one.label} ta="right">
                    {value === null ? '–' : format(value)}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
