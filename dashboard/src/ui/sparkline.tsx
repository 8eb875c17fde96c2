import classes from './sparkline.module.css';
import { areaPath, linePath } from './sparkline-path';

interface Props {
  values: readonly number[];
  /** What the line shows, in words: its screen-reader text. */
  label: string;
  width?: number;
  height?: number;
  tone?: 'accent' | 'bad' | 'good';
}

/** A small line without axes; what it says is in its label too. */
export function Sparkline({ values, label, width = 96, height = 24, tone = 'accent' }: Props) {
  return (
    <svg
      role="img"
      aria-label={label}
      className={classes.line}
      data-tone={tone}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <path className={classes.area} d={areaPath(values, width, height)} />
      <path className={classes.stroke} d={linePath(values, width, height)} />
    </svg>
  );
}
