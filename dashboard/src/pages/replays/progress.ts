import type { Replay } from '../../api/types';

export type ReplayState = 'under way' | 'finished' | 'cancelled';

export function stateOf({
  finishedAt,
  cancelledAt,
}: Pick<Replay, 'finishedAt' | 'cancelledAt'>): ReplayState {
  if (cancelledAt !== null) return 'cancelled';
  return finishedAt === null ? 'under way' : 'finished';
}

/** From 0 to 100. Its total is as counted at the beginning, and may be 0, or less than what it came to. */
export function percentOf(replay: Pick<Replay, 'total' | 'done' | 'finishedAt' | 'cancelledAt'>): number {
  if (stateOf(replay) === 'finished') return 100;
  if (replay.total <= 0) return 0;
  return Math.min(100, Math.floor((100 * replay.done) / replay.total));
}
