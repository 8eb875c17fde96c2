import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useZone } from '../prefs/hooks';
import { COUNT_STEPS, mark } from './axis-steps';
import { clockTime } from './format';
import { filled, lonely } from './series-gaps';
import type { TimeSeriesProps } from './time-series';
import classes from './time-series.module.css';

interface Hint {
  index: number;
  left: number;
  isRight: boolean;
}

const LEAST_AXIS = 40;
const BESIDE_MARKS = 14;

/** As wide as the longest of its marks. */
function axisSize({ ctx }: uPlot, marks: readonly string[] | null, font: string): number {
  ctx.save();
  ctx.font = font;
  const widths = (marks ?? []).map((text) => ctx.measureText(text).width);
  ctx.restore();
  return Math.max(LEAST_AXIS, Math.ceil(Math.max(0, ...widths)) + BESIDE_MARKS);
}

/** The lines themselves. */
export default function TimeSeriesPlot(props: TimeSeriesProps) {
  const { times, series, format, height = 200, most, steps = COUNT_STEPS } = props;
  const latest = useRef({ times, series, format });
  latest.current = { times, series, format };
  // Parents make new lists with each of their renders: drawn anew is only what differs.
  const drawn = JSON.stringify([times, series, most]);
  const frame = useRef<HTMLDivElement>(null);
  const zone = useZone();
  const scheme = useComputedColorScheme('light');
  const [hint, setHint] = useState<Hint | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawn` stands for the data, and colours are read anew with the scheme
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const { times, series } = latest.current;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--mantine-color-dimmed'),
      grid: { stroke: colour('--hy-border'), width: 1 },
      ticks: { show: false },
      font: `11px ${colour('--mantine-font-family')}`,
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { setScale: false } },
        scales: {
          x: { time: true },
          y: { range: (_plot, _least, highest) => [0, most ?? Math.max(1, (highest ?? 0) * 1.1)] },
        },
        axes: [
          {
            ...axis,
            space: 70,
            size: 28,
            values: (_plot, at) => {
              const span = (at.at(-1) ?? 0) - (at[0] ?? 0);
              return at.map((seconds) => clockTime(seconds * 1000, zone, span > 86_400));
            },
          },
          {
            ...axis,
            size: (plot, marks) => axisSize(plot, marks, axis.font),
            incrs: [...steps],
            values: (_plot, values) => values.map((value) => mark(latest.current.format(value))),
          },
        ],
        series: [
          {},
          ...series.map(({ label, tone, isDashed }) => ({
            label,
            stroke: colour(`--hy-${tone}`),
            fill: isDashed === true ? '' : `${colour(`--hy-${tone}`)}1a`,
            width: 2,
            ...(isDashed === true ? { dash: [6, 4] } : {}),
            // A value between hours without any has no line to be seen by.
            points: {
              show: true,
              size: 6,
              filter: (_plot: uPlot, index: number) => lonely(series[index - 1]?.values ?? []),
            },
          })),
        ],
        hooks: {
          setCursor: [
            ({ cursor, over }) => {
              const { idx: index, left } = cursor;
              const isThere = typeof index === 'number' && left !== undefined && left >= 0;
              const isRight = (left ?? 0) > element.clientWidth / 2;
              setHint(isThere ? { index, left: left + over.offsetLeft, isRight } : null);
            },
          ],
        },
      },
      [times.map((time) => time / 1000), ...series.map(({ values }) => filled(values, times.length))],
      element,
    );
    const sized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [drawn, height, zone, scheme]);
  const time = hint === null ? undefined : times[hint.index];
  return (
    <div ref={frame} className={classes.plot}>
      {hint !== null && time !== undefined && (
        <div
          className={classes.hint}
          style={{ left: hint.left + 12 }}
          data-side={hint.isRight ? 'left' : 'right'}
        >
          <b>{clockTime(time, zone, true)}</b>
          {series.map(({ label, values }) => {
            const value = values[hint.index] ?? null;
            return (
              <div key={label}>
                {label}: {value === null ? '–' : format(value)}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}
