import { describe, expect, it } from 'vitest';
import { errorOfAnswer, unreachable } from '../api/error';
import { farewell, keyFault, refusal } from './words';

describe('keyFault', () => {
  it.each([
    ['', 'Paste a key.'],
    ['hy_a b', 'no spaces'],
    ['hy_ü', 'ASCII'],
  ])('of %j says %s', (key, words) => {
    expect(keyFault(key)).toContain(words);
  });

  it('lets everything else be asked', () => {
    expect(keyFault('hy_abc')).toBeUndefined();
  });
});

it('says why a sign-in did not work', () => {
  expect(refusal(errorOfAnswer(401, new Headers(), undefined))).toContain('not known here');
  expect(refusal(errorOfAnswer(404, new Headers(), undefined))).toContain('older than its dashboard');
  expect(refusal(unreachable())).toContain('cannot be reached');
});

it('says why somebody is asked again', () => {
  expect(farewell('key-refused')?.isBad).toBe(true);
  expect(farewell('signed-out')?.isBad).toBe(false);
  expect(farewell(null)).toBeNull();
});
