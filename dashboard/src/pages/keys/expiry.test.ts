import { expect, it } from 'vitest';
import { dayOf, expiresAt, validity } from './expiry';

const NOW = Date.parse('2026-01-02T03:04:05Z');

it('ends never, after a time, or with a day', () => {
  expect(expiresAt('never', '', NOW)).toBeNull();
  expect(expiresAt('30d', '', NOW)).toBe('2026-02-01T03:04:05.000Z');
  const end = expiresAt('at', '2026-05-06', NOW);
  expect(end && dayOf(end)).toBe('2026-05-06');
});

it('takes no day that is none, or past', () => {
  expect(expiresAt('at', '', NOW)).toBeUndefined();
  expect(expiresAt('at', '2025-12-31', NOW)).toBeUndefined();
});

it('says when a key ends soon', () => {
  expect(validity(null, NOW)).toBe('valid');
  expect(validity('2026-01-02T03:04:05Z', NOW)).toBe('over');
  expect(validity('2026-01-05T00:00:00Z', NOW)).toBe('soon');
  expect(validity('2026-03-05T00:00:00Z', NOW)).toBe('valid');
});
