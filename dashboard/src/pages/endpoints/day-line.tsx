import { Tooltip } from '@mantine/core';
import type { EndpointStats } from '../../api/types';
import classes from './day-line.module.css';
import { dayInWords, hourly } from './hourly';

const WIDTH = 96;
const HEIGHT = 24;

/** A day hour by hour: how many attempts, and how many of them failed. */
export function DayLine({ stats }: { stats: EndpointStats }) {
  const { attempts, failures } = hourly(stats.hours, Date.now());
  const most = Math.max(1, ...attempts);
  const step = WIDTH / attempts.length;
  const words = dayInWords(stats.attempts, stats.failures);
  // A single one among thousands is to be seen as well.
  const height = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * HEIGHT));
  const bars = (values: readonly number[]) =>
    values
      .map((value, hour) => `M${hour * step} ${HEIGHT}h${step - 1}v${-height(value)}h${1 - step}Z`)
      .join('');
  return (
    <Tooltip label={words}>
      <svg
        role="img"
        aria-label={words}
        className={`${classes.line} hy-above`}
        width={WIDTH}
        height={HEIGHT}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      >
        <line className={classes.base} x1={0} x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        <path className={classes.attempts} d={bars(attempts)} />
        <path className={classes.failures} d={bars(failures)} />
      </svg>
    </Tooltip>
  );
}
