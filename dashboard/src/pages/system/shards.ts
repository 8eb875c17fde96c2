import type { Status } from '../../api/types';

export interface Shard {
  number: number;
  /** The place of its node in the list; null: nobody owns it, so far as is known. */
  node: number | null;
}

/**
 * All shards with who owns them. How many there are in all is not said: what is seen is up to the highest that is owned,
 * and a gap below that is nobody's.
 */
export function shardsOf(nodes: Status['nodes']): Shard[] {
  const owners = new Map<number, number>();
  nodes.forEach(({ shards }, index) => {
    for (const shard of shards) owners.set(shard, index);
  });
  const most = Math.max(-1, ...owners.keys());
  return Array.from({ length: most + 1 }, (_, number) => ({ number, node: owners.get(number) ?? null }));
}

/** Nodes that run another version than most, as in the middle of an update. */
export function versions(nodes: Status['nodes']): string[] {
  return [...new Set(nodes.map(({ version }) => version))].sort();
}
