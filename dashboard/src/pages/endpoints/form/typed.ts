import type { Typed } from './draft';

/** What Mantine's number input tells: a number, or a text while there is none. */
export function typed(value: number | string): Typed {
  if (typeof value === 'number') return value;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(number) ? '' : number;
}
