import { expect, test } from 'vitest';
import { rawMember } from './raw-member';

test('a member is as it is written', () => {
  const data = '{"big":12345678901234567890,"n":1.0e5,  "s":"a\\"}\\\\"}';
  const json = `{"id": "evt_1", "data":${data},"dataExpired":false}`;
  expect(rawMember(json, 'data')).toBe(data);
  expect(rawMember(json, 'id')).toBe('"evt_1"');
  expect(rawMember(json, 'dataExpired')).toBe('false');
});

test('of every kind', () => {
  for (const value of [
    'null',
    'true',
    '-1.5',
    '""',
    '"}"',
    '[]',
    '[1,[2,{"a":"]"}]]',
    '{}',
    '{"data":{"a":1}}',
  ]) {
    expect(rawMember(`{"data":${value}}`, 'data')).toBe(value);
    expect(rawMember(`\n{ "a" : [ 1 , 2 ] ,\n"data" : ${value}\n, "z":1}`, 'data')).toBe(value);
  }
});

test('names inside other members do not count', () => {
  expect(rawMember('{"a":{"data":1},"b":"\\"data\\":2"}', 'data')).toBeUndefined();
  expect(rawMember('{"d\\u0061ta":3}', 'data')).toBe('3');
});

test('what is no object has no members', () => {
  for (const json of ['[]', '1', '""', 'null', '']) expect(rawMember(json, 'data')).toBeUndefined();
});
