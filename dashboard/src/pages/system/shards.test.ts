import { expect, it } from 'vitest';
import { shardsOf, versions } from './shards';

const node = (name: string, shards: number[], version = '1') => ({
  name,
  version,
  shards,
  seenAt: '2026-01-02T03:04:05.678Z',
});

it('shows who owns each shard, and those that nobody does', () => {
  expect(shardsOf([node('a', [0, 3]), node('b', [1])])).toEqual([
    { number: 0, node: 0 },
    { number: 1, node: 1 },
    { number: 2, node: null },
    { number: 3, node: 0 },
  ]);
  expect(shardsOf([])).toEqual([]);
});

it('names every version that runs, once', () => {
  expect(versions([node('a', [], '2'), node('b', [], '1'), node('c', [], '2')])).toEqual(['1', '2']);
});
