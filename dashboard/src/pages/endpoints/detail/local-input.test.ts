import { expect, it } from 'vitest';
import { localInput, ofLocalInput } from './local-input';

it('goes from an instant to an input and back, to the minute', () => {
  expect(ofLocalInput(localInput('2026-01-02T03:04:00.000Z'))).toBe('2026-01-02T03:04:00.000Z');
  expect(localInput('2026-01-02T03:04:00.000Z')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
});

it('is nothing while it is not whole', () => {
  expect(ofLocalInput('')).toBeUndefined();
  expect(ofLocalInput('2026-01-02')).toBeUndefined();
  expect(localInput('soon')).toBe('');
});
