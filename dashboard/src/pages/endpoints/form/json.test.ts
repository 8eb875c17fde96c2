import { expect, it } from 'vitest';
import { hasLongNumbers, readJson, withRaw } from './json';

it('reads JSON, and says that it is none', () => {
  expect(readJson('{"a": 1}')).toEqual({ isRight: true, value: { a: 1 } });
  const wrong = readJson('{"a": ');
  expect(wrong.isRight === false && wrong.fault).toMatch(/^This is no JSON yet: /);
});

it('finds numbers that would lose digits, and not texts of digits', () => {
  expect(hasLongNumbers('{"id": 9007199254740993}')).toBe(true);
  expect(hasLongNumbers('{"id": "9007199254740993", "a\\"b": "1234567890123456"}')).toBe(false);
});

it('writes raw members as they stand', () => {
  expect(withRaw({ event: 'a' }, { data: '9007199254740993' })).toBe('{"event":"a","data":9007199254740993}');
  expect(withRaw({}, { data: '[]' })).toBe('{"data":[]}');
});
