import { describe, expect, it } from 'vitest';
import { covers, patternFault, separate, suggestions } from './pattern';

describe('covers', () => {
  it.each([
    ['order.paid', 'order.paid', true],
    ['order.paid', 'order.paid.late', false],
    ['order.*', 'order.paid', true],
    ['order.*', 'order', false],
    ['order.*', 'order.paid.late', false],
    ['order.>', 'order.paid.late', true],
    ['order.>', 'order', false],
    ['>', 'order', true],
    ['*.created', 'member.created', true],
    ['github.pr.*', 'github.pull_request.opened', true],
    ['github.prs', 'github.pull_requests', false],
  ])('%s of %s: %s', (pattern, type, is) => expect(covers(pattern, type)).toBe(is));
});

it('says what is wrong with a pattern', () => {
  for (const right of ['order.paid', 'a-b._c', '*', '>', '*.x.>'])
    expect(patternFault(right)).toBeUndefined();
  expect(patternFault('')).toBeDefined();
  expect(patternFault('a..b')).toMatch(/between two dots/);
  expect(patternFault('>.a')).toMatch(/comes last/);
  expect(patternFault('ord*')).toMatch(/stand alone/);
  expect(patternFault('ä')).toMatch(/letters, digits/);
  expect(patternFault('a'.repeat(201))).toMatch(/200/);
});

it('suggests families with more than one type', () => {
  expect(suggestions(['order.paid', 'member.created', 'order.item.added'])).toEqual({
    all: '>',
    families: ['order.>'],
    types: ['member.created', 'order.item.added', 'order.paid'],
  });
});

it('takes apart what was pasted, each once', () => {
  expect(separate(['a.b, c', 'c', ' '])).toEqual(['a.b', 'c']);
});
