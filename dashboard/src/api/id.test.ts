import { expect, it } from 'vitest';
import { IdempotencyKeys } from './id';

it('is the same key for the same body until it is done', () => {
  const keys = new IdempotencyKeys();
  const first = keys.for({ name: 'a' });
  expect(keys.for({ name: 'a' })).toBe(first);
  const changed = keys.for({ name: 'b' });
  expect(changed).not.toBe(first);
  keys.done();
  expect(keys.for({ name: 'b' })).not.toBe(changed);
  expect(first).toMatch(/^dash-[0-9a-f]{32}$/);
});
