import { expect, it } from 'vitest';
import { changeable, givable, rights } from './role';

it('gives no more than one has', () => {
  expect(givable(false)).not.toContain('operator');
  expect(givable(true)).toContain('operator');
  expect(changeable('operator')).toEqual(['operator']);
  expect(changeable('editor')).toEqual(['viewer', 'producer', 'editor', 'admin']);
});

it('says what each role may, and leaves out what none of them may', () => {
  expect(rights(['viewer', 'producer'])).toEqual([
    { what: 'Publish events', has: [false, true] },
    { what: 'See endpoints, events, deliveries', has: [true, false] },
  ]);
  expect(rights(['operator']).every(({ has }) => has[0])).toBe(true);
});
