import { describe, expect, it } from 'vitest';
import { need, needs, type Suspect } from './attention';

const NOW = Date.parse('2026-01-02T03:00:00Z');
const fine: Suspect = {
  id: 'ep_1',
  name: 'Orders',
  status: 'active',
  statusReason: null,
  attempts: 100,
  failures: 0,
  waiting: 0,
  inFlight: 0,
  isGrowing: false,
  consecutiveFailures: 0,
  failingSince: null,
  breaker: { state: 'closed', until: null },
  heldUntil: null,
};
const of = (more: Partial<Suspect>) => need({ ...fine, ...more }, NOW);

describe('need', () => {
  it('leaves alone what works, and what failed once or twice', () => {
    expect(of({})).toBeNull();
    expect(of({ consecutiveFailures: 2, failures: 2 })).toBeNull();
    expect(of({ failures: 5 })).toBeNull();
    expect(of({ waiting: 40 })).toBeNull();
    expect(of({ status: 'paused' })).toBeNull();
  });

  it('says why an endpoint was given up', () => {
    expect(of({ status: 'failed', statusReason: 'it answered 410' })).toMatchObject({
      what: 'Given up',
      reason: 'It answered 410. New events are not owed to it.',
    });
  });

  it('says when the next probe of an open breaker is', () => {
    expect(
      of({
        breaker: { state: 'open', until: '2026-01-02T03:02:05Z' },
        consecutiveFailures: 9,
        failingSince: '2026-01-02T01:00:00Z',
        waiting: 1,
      })?.reason,
    ).toBe('9 attempts failed in a row, for 2 h; the next probe is in 2 min; 1 delivery waits.');
    const probing = { breaker: { state: 'probing', until: null }, consecutiveFailures: 9 };
    expect(of({ ...probing, inFlight: 1 })?.reason).toBe('9 attempts failed in a row; a probe is under way.');
    expect(of({ ...probing, inFlight: 0 })?.reason).toBe(
      '9 attempts failed in a row; the next delivery that is due is the probe.',
    );
  });

  it('tells failing, failing at times, waiting and growing apart', () => {
    expect(of({ consecutiveFailures: 3 })?.what).toBe('Failing');
    expect(of({ attempts: 10, failures: 4 })?.reason).toBe(
      '4 of 10 attempts in the last hour failed (40.0 %).',
    );
    expect(of({ heldUntil: '2026-01-02T03:00:30Z' })?.what).toBe('Asked to wait');
    expect(of({ heldUntil: '2026-01-02T02:59:30Z' })).toBeNull();
    expect(of({ waiting: 40, isGrowing: true })?.what).toBe('Backlog grows');
    expect(of({ waiting: 1, status: 'paused' })?.reason).toBe('1 delivery waits until it is resumed.');
  });

  it('puts the most urgent first', () => {
    const found = needs(
      [
        { ...fine, id: 'a', status: 'paused', waiting: 3 },
        { ...fine, id: 'b' },
        { ...fine, id: 'c', consecutiveFailures: 4 },
        { ...fine, id: 'd', status: 'failed' },
      ],
      NOW,
    );
    expect(found.map(({ id }) => id)).toEqual(['d', 'c', 'a']);
  });
});
