import { expect, test } from 'vitest';
import { isEventType, isPattern, matchesPattern, patternFault } from './pattern';

test('patterns are tokens, stars, and a rest at the end', () => {
  for (const text of ['order.paid', '*', '>', 'order.*', '*.paid', 'order.>', 'a-b.c_d.9'])
    expect(isPattern(text), text).toBe(true);
  for (const text of [
    '',
    '.',
    'order.',
    'order..paid',
    '>.paid',
    'or*der',
    'order paid',
    'ä',
    'a'.repeat(201),
  ])
    expect(isPattern(text), text).toBe(false);
  expect(isEventType('order.paid')).toBe(true);
  expect(isEventType('order.*')).toBe(false);
  expect(patternFault('')).toBeUndefined();
  expect(patternFault('order.>')).toBeUndefined();
  expect(patternFault('order..paid')).toMatch(/dots between/);
});

test('a pattern matches as the API does', () => {
  const matches = [
    ['order.paid', 'order.paid'],
    ['order.*', 'order.paid'],
    ['*.paid', 'order.paid'],
    ['order.>', 'order.paid'],
    ['order.>', 'order.item.added'],
    ['>', 'order'],
    ['github.pr.*', 'github.pull_request.opened'],
    ['github.pr', 'github.pull_request'],
  ] as const;
  for (const [pattern, type] of matches) expect(matchesPattern(pattern, type), pattern).toBe(true);
  const not = [
    ['order.*', 'order'],
    ['order.*', 'order.item.added'],
    ['order.>', 'order'],
    ['order', 'order.paid'],
    ['Order.paid', 'order.paid'],
    ['*', 'order.paid'],
  ] as const;
  for (const [pattern, type] of not) expect(matchesPattern(pattern, type), pattern).toBe(false);
});
