import { number } from '../../ui/format';

/** How many deliveries wait; past `most` it is not counted on. */
export function Backlog({ queued, most }: { queued: number; most: number }) {
  if (queued < most) return <>{number(queued)}</>;
  return <span title={`Counted up to ${number(most)}`}>{number(most)}+</span>;
}
