import { expect, test } from 'vitest';
import { jsonFault } from './json-fault';

test('says nothing of what is right', () => {
  for (const text of ['{}', ' [1, -2.5e+3, "a\\"\\u00e9", true, null] ', '"x"', '0', '{"a":{"b":[{}]}}'])
    expect(jsonFault(text), text).toBeUndefined();
});

test.each([
  ['{\n  "a": 1,\n  "b": oops\n}', 'line 3, column 8'],
  ['{"a" 1}', 'line 1, column 6'],
  ['{"a": 1,}', 'line 1, column 9'],
  ['[1 2]', 'line 1, column 4'],
  ["{'a': 1}", 'line 1, column 2'],
  ['{"a": "x\ny"}', 'line 1, column 7'],
  ['[1]]', 'line 1, column 4'],
  ['[01]', 'line 1, column 2'],
  ['{"a": 1', 'too early, at line 1, column 8'],
  ['{"a": "x', 'line 1, column 7'],
  ['[}', 'line 1, column 2'],
  ['{"a": NaN}', 'line 1, column 7'],
])('%j', (text, where) => {
  expect(jsonFault(text)).toContain(where);
});

test('an empty text is told so', () => {
  expect(jsonFault(' \n')).toMatch(/at least null/);
});
