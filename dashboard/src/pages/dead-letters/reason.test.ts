import { expect, test } from 'vitest';
import document from '../../../../docs/openapi.json' with { type: 'json' };
import { DEAD_REASONS, reasonOf, SKIPPED_REASONS } from './reason';

test('every reason that the API has is explained', () => {
  expect([...DEAD_REASONS, ...SKIPPED_REASONS]).toEqual(document.components.schemas.DeadReason.enum);
  expect(DEAD_REASONS).toEqual(document.components.schemas.DeadReasonOfLetter.enum);
  for (const reason of document.components.schemas.DeadReason.enum) {
    const { title, meaning, next } = reasonOf(reason);
    expect(title, reason).not.toBe(reason);
    expect(meaning).toMatch(/\.$/);
    expect(next).toMatch(/\.$/);
  }
});

test('one of a newer Hookyard is shown by its name', () => {
  expect(reasonOf('bored').title).toBe('bored');
  expect(reasonOf(null).title).toBe('No reason kept');
});
