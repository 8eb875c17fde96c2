import { expect, it } from 'vitest';
import { steps, Trail } from './paging';

it('leads onward from the first page, and nowhere else', () => {
  expect(steps({ cursor: '', nextCursor: 'b' }, new Trail())).toEqual({
    newest: null,
    newer: null,
    older: 'b',
  });
});

it('leads back where somebody came from', () => {
  const trail = new Trail();
  trail.walked('', 'b');
  trail.walked('b', 'c');
  expect(steps({ cursor: 'c', nextCursor: null }, trail)).toEqual({ newest: '', newer: 'b', older: null });
  expect(steps({ cursor: 'b', nextCursor: 'c' }, trail)).toEqual({ newest: '', newer: '', older: 'c' });
});

it('leads to the newest after a reload, when nobody knows what came before', () => {
  expect(steps({ cursor: 'c', nextCursor: 'd' }, new Trail())).toEqual({
    newest: '',
    newer: null,
    older: 'd',
  });
});
