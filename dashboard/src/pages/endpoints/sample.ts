import type { KnownType } from '../../api/types';
import { covers } from './form/pattern';

/** An event to try something on: a type, and data as JSON text. */
export interface Sample {
  event: string;
  data: string;
  /** The data was written by hand: another type does not take it away. */
  isOwn?: boolean;
}

export const PLAIN: Sample = { event: 'order.paid', data: '{\n  "id": 42,\n  "amount": 129.5\n}' };

/** The example that the catalogue has of a type; undefined where it has none. */
export function exampleOf(types: readonly KnownType[], event: string): string | undefined {
  const example = types.find((type) => type.event === event)?.example;
  return example === null || example === undefined ? undefined : JSON.stringify(example, null, 2);
}

/** What to begin with: a type that these patterns want and that has an example, else one that they want. */
export function firstSample(types: readonly KnownType[], patterns: readonly string[]): Sample {
  const wanted = types.filter(({ event }) => patterns.some((pattern) => covers(pattern, event)));
  const best = wanted.find(({ event }) => exampleOf(types, event) !== undefined) ?? wanted[0];
  if (best === undefined) return PLAIN;
  return { event: best.event, data: exampleOf(types, best.event) ?? PLAIN.data };
}

/** The same with the example of its type, where there is one and nothing was written by hand. */
export function withExample(sample: Sample, types: readonly KnownType[]): Sample {
  const example = sample.isOwn ? undefined : exampleOf(types, sample.event);
  return example === undefined ? sample : { ...sample, data: example };
}
