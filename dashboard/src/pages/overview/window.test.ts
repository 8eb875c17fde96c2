import { describe, expect, it } from 'vitest';
import type { TenantHour } from '../../api/types';
import { change, compare, twice } from './window';

const nothing = { mean: null, p50: null, p95: null, p99: null };

function hour(at: string, accepted: number, succeeded = 0, failed = 0): TenantHour {
  return {
    hour: at,
    accepted,
    attempts: succeeded + failed,
    outcomes: {
      succeeded,
      http_error: failed,
      timeout: 0,
      unreachable: 0,
      tls_error: 0,
      protocol_error: 0,
      blocked: 0,
    },
    successRate: null,
    latencyMs: nothing,
    lagMs: nothing,
  };
}

describe('compare', () => {
  const until = Date.parse('2026-01-02T10:30:00Z');

  it('compares whole hours only, and as many of them', () => {
    const hours = [
      hour('2026-01-02T07:00:00.000Z', 1000),
      hour('2026-01-02T08:00:00.000Z', 1),
      hour('2026-01-02T09:00:00.000Z', 10, 7, 3),
      hour('2026-01-02T10:00:00.000Z', 100),
    ];
    expect(compare(hours, until, '1h')).toEqual({
      last: { accepted: 10, succeeded: 7, failed: 3 },
      before: { accepted: 1, succeeded: 0, failed: 0 },
    });
  });

  it('compares nothing over 30 days: what was before cannot be asked for', () => {
    expect(compare([], until, '30d')).toBeNull();
    expect(twice('30d')).toBeNull();
    expect(twice('7d')).toBe('336h');
  });
});

describe('change', () => {
  it('says more, fewer, or neither', () => {
    expect(change(150, 100)).toEqual({ direction: 'up', text: '50 % more than before' });
    expect(change(50, 100)).toEqual({ direction: 'down', text: '50 % fewer than before' });
    expect(change(1000, 1001)).toEqual({ direction: 'same', text: 'as before' });
    expect(change(2000, 100)).toEqual({ direction: 'up', text: '20 times as many as before' });
  });

  it('makes no percentage of nothing', () => {
    expect(change(0, 0)).toBeNull();
    expect(change(5, 0)).toEqual({ direction: 'up', text: 'none before' });
  });
});
