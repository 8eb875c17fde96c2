import { expect, it } from 'vitest';
import type { Replay } from '../../../api/types';
import { foundOf } from './found';
import { rangeFault, replayInWords, replayPercent } from './replay-words';

const REPLAY: Replay = {
  id: 'rpl_01h455vb4pex5vsknk084sn02q',
  status: 'dead',
  webhookId: null,
  total: 200,
  done: 50,
  owed: 1,
  createdAt: '2026-01-02T03:04:05.678Z',
  finishedAt: null,
  cancelledAt: null,
};
const END = '2026-01-02T03:05:05.678Z';

it('says how far a replay is', () => {
  expect(replayInWords(REPLAY)).toBe('50 of 200 dead letters looked at, 1 delivery owed again so far.');
  expect(replayInWords({ ...REPLAY, finishedAt: END })).toMatch(/^Finished: /);
  expect(replayInWords({ ...REPLAY, finishedAt: END, cancelledAt: END })).toMatch(/^Cancelled: /);
  expect(replayPercent(REPLAY)).toBe(25);
  expect(replayPercent({ ...REPLAY, total: 0, done: 0 })).toBe(0);
  expect(replayPercent({ ...REPLAY, done: 300 })).toBe(100);
  expect(replayPercent({ ...REPLAY, finishedAt: END })).toBe(100);
});

it('wants an end behind the beginning', () => {
  expect(rangeFault('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z')).toBeDefined();
  expect(rangeFault('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')).toBeUndefined();
  expect(rangeFault(undefined, '2026-01-02T00:00:00Z')).toBeUndefined();
});

it('counts dead letters as far as a page goes', () => {
  expect(foundOf({ items: [], nextCursor: null })).toMatchObject({
    count: 0,
    words: 'There are no dead letters in this range.',
  });
  expect(foundOf({ items: [1], nextCursor: null }).words).toBe('1 dead letter is in this range.');
  expect(foundOf({ items: [1, 2], nextCursor: 'x' }).words).toBe(
    'More than 2 dead letters are in this range.',
  );
});
