import { describe, expect, it } from 'vitest';
import {
  flag,
  instant,
  oneOf,
  ownPath,
  parseSearch,
  present,
  stringifySearch,
  text,
  wholeNumber,
} from './search';

describe('addresses', () => {
  it('are read and written plainly', () => {
    const search = { status: 'dead', event: 'order.*', q: 'a b&c', id: '123' };
    const written = stringifySearch(search);
    expect(written).toBe('?status=dead&event=order.*&q=a+b%26c&id=123');
    expect(parseSearch(written)).toEqual(search);
  });

  it('have nothing of what is not set', () => {
    expect(stringifySearch({ a: undefined, b: '', c: null, d: false })).toBe('');
    expect(stringifySearch({ live: true, page: 2 })).toBe('?live=true&page=2');
  });

  it('take the first of several', () => {
    expect(parseSearch('?a=1&a=2')).toEqual({ a: '1' });
  });
});

describe('readers', () => {
  it('take what means something', () => {
    expect(text('  x ')).toBe('x');
    expect(text(' ')).toBeUndefined();
    expect(text('x'.repeat(1001))).toBeUndefined();
    expect(oneOf('dead', ['dead', 'success'])).toBe('dead');
    expect(oneOf('alive', ['dead', 'success'])).toBeUndefined();
    expect(flag('true')).toBe(true);
    expect(flag('false')).toBeUndefined();
    expect(instant('2026-01-02T03:04:05Z')).toBe('2026-01-02T03:04:05.000Z');
    expect(instant('2026-13-02T03:04:05Z')).toBeUndefined();
    expect(instant('yesterday')).toBeUndefined();
    expect(wholeNumber('7', 1, 9)).toBe(7);
    expect(wholeNumber('7.5', 1, 9)).toBeUndefined();
    expect(wholeNumber('10', 1, 9)).toBeUndefined();
    expect(wholeNumber('', 1, 9)).toBeUndefined();
  });

  it('leave out what is undefined', () => {
    expect(present({ a: 'x', b: undefined })).toEqual({ a: 'x' });
  });
});

describe('ownPath', () => {
  it.each(['/t/demo/endpoints?status=failed#x', '/tenants'])('takes %s', (path) => {
    expect(ownPath(path)).toBe(path);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '',
    '/sign-in',
    3,
    '/\t/evil.example',
  ])('refuses %j', (path) => {
    expect(ownPath(path)).toBeUndefined();
  });
});
