import { expect, it } from 'vitest';
import type { EndpointState } from '../../../api/types';
import { stateInWords } from './state-words';

const STATE: EndpointState = {
  status: 'active',
  consecutiveFailures: 0,
  failingSince: null,
  breaker: { state: 'closed', until: null },
  heldUntil: null,
  waiting: 0,
  nextAttemptAt: null,
  node: 'a',
  inFlight: 0,
  tokens: null,
};
const NOW = Date.parse('2026-01-02T03:04:05Z');
const said = (change: Partial<EndpointState>) =>
  stateInWords({ statusReason: 'it answered 410' }, { ...STATE, ...change }, NOW);

it('says how an endpoint is, the weightiest thing first', () => {
  expect(said({})).toMatchObject({ tone: 'good', text: 'Deliveries flow.' });
  expect(said({ consecutiveFailures: 2 }).text).toBe('The last 2 attempts failed.');
  expect(said({ consecutiveFailures: 6, breaker: { state: 'open', until: null } }).text).toMatch(
    /breaker is open: 6/,
  );
  expect(said({ breaker: { state: 'probing', until: null } }).text).toMatch(/probing/);
  expect(said({ heldUntil: '2026-01-02T03:05:00Z', breaker: { state: 'open', until: null } }).text).toMatch(
    /Retry-After/,
  );
  expect(said({ heldUntil: '2026-01-02T03:00:00Z' }).tone).toBe('good');
  expect(said({ status: 'paused', waiting: 1 }).text).toMatch(/1 delivery waits/);
  expect(said({ status: 'disabled' }).tone).toBe('quiet');
  expect(said({ status: 'failed' })).toMatchObject({ tone: 'bad', text: 'it answered 410' });
});
