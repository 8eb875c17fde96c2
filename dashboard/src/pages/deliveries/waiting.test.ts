import { expect, test } from 'vitest';
import type { EndpointState } from '../../api/types';
import { waiting } from './waiting';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const later = '2026-01-02T03:05:05.000Z';
const before = '2026-01-02T03:03:05.000Z';
type Stands = Pick<EndpointState, 'status' | 'breaker' | 'heldUntil' | 'tokens'>;
const fine: Stands = {
  status: 'active',
  breaker: { state: 'closed', until: null },
  heldUntil: null,
  tokens: 5,
};
const owed = { status: 'retrying', nextAttemptAt: before } as const;

const title = (endpoint: Stands, delivery: Parameters<typeof waiting>[0] = owed) =>
  waiting(delivery, endpoint, NOW)?.title;

test('what holds a delivery back is named, the strongest first', () => {
  expect(title({ ...fine, status: 'paused', heldUntil: later })).toMatch(/paused/);
  expect(waiting(owed, { ...fine, heldUntil: later }, NOW)).toMatchObject({
    title: expect.stringMatching(/asked to wait/),
    until: later,
  });
  expect(waiting(owed, { ...fine, breaker: { state: 'open', until: later } }, NOW)).toMatchObject({
    title: expect.stringMatching(/breaker/),
    until: later,
  });
  expect(title({ ...fine, breaker: { state: 'open', until: null } })).toMatch(/breaker/);
  expect(title({ ...fine, breaker: { state: 'probing', until: null } })).toMatch(/being tried/);
  expect(title({ ...fine, tokens: 0 })).toMatch(/rate limit/);
});

test('nothing is said where nothing holds it', () => {
  expect(title(fine)).toBeUndefined();
  expect(title({ ...fine, heldUntil: before })).toBeUndefined();
  expect(title({ ...fine, tokens: 0 }, { status: 'retrying', nextAttemptAt: later })).toBeUndefined();
  expect(title({ ...fine, tokens: null })).toBeUndefined();
});

test('what has ended waits for nothing', () => {
  for (const status of ['success', 'dead', 'skipped'] as const)
    expect(title({ ...fine, status: 'paused' }, { status, nextAttemptAt: null })).toBeUndefined();
});
