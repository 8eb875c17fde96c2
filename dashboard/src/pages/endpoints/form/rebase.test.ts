import { expect, it } from 'vitest';
import { newDraft } from './draft';
import { rebased } from './rebase';

it('puts what was typed over another version, and nothing else', () => {
  const before = { ...newDraft(), name: 'A', events: ['a'] };
  const mine = { ...before, events: ['a', 'b'] };
  const theirs = { ...before, name: 'B', maxRetries: 9 };
  expect(rebased(before, mine, theirs)).toEqual({ ...theirs, events: ['a', 'b'] });
});
