import { describe, expect, test } from 'vitest';
import { bounds, fromInput, isPast, timeRange, toInput } from './time-range';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

describe('time ranges of addresses', () => {
  test('a named one has no instants', () => {
    expect(timeRange({ range: '1h', since: '2026-01-01T00:00:00Z' })).toEqual({ range: '1h' });
    expect(bounds({ range: '1h' }, NOW)).toEqual({ since: '2026-01-02T02:04:05.000Z' });
    expect(bounds({ range: '7d' }, NOW)).toEqual({ since: '2025-12-26T03:04:05.000Z' });
  });

  test('instants make it a custom one', () => {
    const range = timeRange({ since: '2026-01-01T00:00:00Z', until: 'yesterday' });
    expect(range).toEqual({ range: 'custom', since: '2026-01-01T00:00:00.000Z' });
    expect(bounds(range, NOW)).toEqual({ since: '2026-01-01T00:00:00.000Z' });
  });

  test('what is none means any time', () => {
    expect(timeRange({ range: 'last week' })).toEqual({});
    expect(bounds(timeRange({}), NOW)).toEqual({});
  });

  test('is past when it has an end, and that has come', () => {
    expect(isPast(timeRange({ until: '2026-01-02T03:04:05Z' }), NOW)).toBe(true);
    expect(isPast(timeRange({ until: '2026-01-02T03:04:06Z' }), NOW)).toBe(false);
    expect(isPast(timeRange({ range: '1h' }), NOW)).toBe(false);
  });
});

describe('instants in fields', () => {
  test('go there and back in UTC', () => {
    expect(toInput('2026-01-02T03:04:05.000Z', 'utc')).toBe('2026-01-02T03:04:05');
    expect(fromInput('2026-01-02T03:04:05', 'utc')).toBe('2026-01-02T03:04:05.000Z');
    expect(fromInput('2026-01-02T03:04', 'utc')).toBe('2026-01-02T03:04:00.000Z');
  });

  test('go there and back in the time of here', () => {
    const at = '2026-07-02T03:04:05.000Z';
    expect(fromInput(toInput(at, 'local'), 'local')).toBe(at);
  });

  test('halves and nonsense are none', () => {
    for (const text of ['', '2026-01-02', '2026-13-02T03:04', '0012-01-01T00:00', 'now'])
      expect(fromInput(text, 'utc')).toBeUndefined();
    expect(toInput(undefined, 'local')).toBe('');
    expect(toInput('never', 'local')).toBe('');
  });
});
