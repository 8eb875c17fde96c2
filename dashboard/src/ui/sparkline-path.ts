const EDGE = 1.5;

function points(values: readonly number[], width: number, height: number): [number, number][] {
  const most = Math.max(1, ...values);
  const usable = height - 2 * EDGE;
  if (values.length === 0) return [];
  const only = values[0] ?? 0;
  if (values.length === 1) {
    const y = height - EDGE - (only / most) * usable;
    return [
      [0, y],
      [width, y],
    ];
  }
  return values.map((value, index) => [
    (index / (values.length - 1)) * width,
    height - EDGE - (Math.max(0, value) / most) * usable,
  ]);
}

const round = (value: number) => Math.round(value * 100) / 100;

/** The line as an SVG path: from 0 at the bottom to the largest value at the top. */
export function linePath(values: readonly number[], width: number, height: number): string {
  return points(values, width, height)
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`)
    .join('');
}

/** What is under the line. */
export function areaPath(values: readonly number[], width: number, height: number): string {
  const line = linePath(values, width, height);
  return line === '' ? '' : `${line}L${width} ${height}L0 ${height}Z`;
}
