import { expect, test } from 'vitest';
import type { Attempt } from '../../api/types';
import { countdown, lookAgainMs, timeline } from './timeline';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

function attempt(number: number, second: number, durationMs = 500): Attempt {
  return {
    number,
    startedAt: new Date(NOW + second * 1000).toISOString(),
    durationMs,
    outcome: 'http_error',
    request: { url: '', headers: {}, body: '', truncated: false },
    response: null,
    error: 'x',
  };
}

test('the newest comes first, each with the wait after it', () => {
  const moments = timeline([attempt(1, 0), attempt(2, 60), attempt(3, 61, 2000)]);
  expect(moments.map((m) => (m.kind === 'attempt' ? [m.attempt.number, m.waitedMs] : m.kind))).toEqual([
    [3, null],
    [2, 500],
    [1, 59_500],
  ]);
});

test('attempts that are left out are said to be', () => {
  const moments = timeline([attempt(1, 0), attempt(52, 600)]);
  expect(moments.map((m) => m.kind)).toEqual(['attempt', 'gap', 'attempt']);
  expect(moments[1]).toEqual({ kind: 'gap', count: 50, after: 1 });
  expect(moments[2]).toMatchObject({ waitedMs: null });
  expect(timeline([])).toEqual([]);
});

test('looks again while it is owed, and sooner when an attempt is near', () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  expect(lookAgainMs({ status: 'success', nextAttemptAt: null }, NOW)).toBe(false);
  expect(lookAgainMs({ status: 'dead', nextAttemptAt: null }, NOW)).toBe(false);
  expect(lookAgainMs({ status: 'pending', nextAttemptAt: null }, NOW)).toBe(1000);
  expect(lookAgainMs({ status: 'retrying', nextAttemptAt: at(60_000) }, NOW)).toBe(5000);
  expect(lookAgainMs({ status: 'retrying', nextAttemptAt: at(2000) }, NOW)).toBe(1000);
});

test('counts down', () => {
  const in_ = (seconds: number) => countdown(new Date(NOW + seconds * 1000).toISOString(), NOW);
  expect(in_(5)).toBe('0:05');
  expect(in_(65)).toBe('1:05');
  expect(in_(3 * 3600 + 4)).toBe('3:00:04');
  expect(in_(2 * 86_400 + 60)).toBe('2 d 0:01:00');
  expect(in_(0)).toBeNull();
  expect(in_(-5)).toBeNull();
  expect(countdown('nonsense', NOW)).toBeNull();
});
