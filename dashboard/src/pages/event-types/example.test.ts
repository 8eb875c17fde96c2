import { expect, it } from 'vitest';
import { readExample, typeFault, writeExample } from './example';

it('takes JSON of any kind, and nothing', () => {
  expect(readExample(' ')).toEqual({ value: null });
  expect(readExample('{"a": [1]}')).toEqual({ value: { a: [1] } });
  expect(readExample('0')).toEqual({ value: 0 });
});

it('says what is no JSON', () => {
  expect(readExample('{a: 1}')).toMatchObject({ fault: expect.stringMatching(/^This is no JSON: /) });
  expect(readExample(`"${'a'.repeat(60_000)}"`)).toHaveProperty('fault');
});

it('writes what it reads', () => {
  expect(readExample(writeExample({ a: 1 }))).toEqual({ value: { a: 1 } });
  expect(writeExample(null)).toBe('');
  expect(writeExample(false)).toBe('false');
});

it('knows an event type', () => {
  expect(typeFault('order.paid')).toBeUndefined();
  for (const wrong of ['', 'order.', '.paid', 'order..paid', 'order paid', 'order.*', 'a'.repeat(201)])
    expect(typeFault(wrong)).toBeDefined();
});
