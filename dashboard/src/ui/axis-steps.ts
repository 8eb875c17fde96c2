const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const decimal = (count: number): number[] =>
  Array.from({ length: count }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** How far the marks of an axis may be apart: whole ones for what is counted. */
export const COUNT_STEPS: readonly number[] = decimal(12);

/** Of milliseconds, as clocks are divided: a mark at 100,000 ms says nothing to anybody. */
export const DURATION_STEPS: readonly number[] = [
  ...decimal(3),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 6, 12].map((hours) => hours * HOUR),
  ...decimal(4).map((days) => days * DAY),
];

export const SHARE_STEPS: readonly number[] = [0.1, 0.2, 0.25, 0.5, 1];

/** A mark's value without the decimals that it does not have. */
export function mark(written: string): string {
  return written.replace(/\.0(?=\D*$)/, '');
}
