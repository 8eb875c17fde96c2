import { describe, expect, it } from 'vitest';
import { beginning, inert, prettyJson, SHOWN_CHARACTERS } from './inert';

describe('inert', () => {
  it('shows control characters instead of doing what they say', () => {
    expect(inert('\u001b[31mred\u0007\u0000\u007f\u009b')).toBe(
      '⟨U+001B⟩[31mred⟨U+0007⟩⟨U+0000⟩⟨U+007F⟩⟨U+009B⟩',
    );
    expect(inert('line\n\ttab')).toBe('line\n\ttab');
  });

  it('names what would turn the text around', () => {
    expect(inert('abc\u202Egpj.exe')).toBe('abc⟨U+202E⟩gpj.exe');
    expect(inert('a\u200Bb')).toBe('a⟨U+200B⟩b');
  });

  it('leaves everything else', () => {
    const text = '<script>alert(1)</script> Ünïcode 👩‍🚀 漢字';
    expect(inert(text).replace('⟨U+200D⟩', '\u200D')).toBe(text);
  });
});

describe('beginning', () => {
  it('cuts between characters', () => {
    expect(beginning('ab👍', 3)).toBe('ab');
    expect(beginning('ab👍', 4)).toBe('ab👍');
    expect(beginning('abc', 2)).toBe('ab');
    expect(beginning('x'.repeat(SHOWN_CHARACTERS + 1))).toHaveLength(SHOWN_CHARACTERS);
  });
});

describe('prettyJson', () => {
  it('writes JSON over lines, and nothing else', () => {
    expect(prettyJson('{"a":[1,2]}')).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}');
    expect(prettyJson('<html>')).toBeUndefined();
    expect(prettyJson('{"a":')).toBeUndefined();
    expect(prettyJson('')).toBeUndefined();
  });

  it('keeps numbers that JavaScript cannot hold', () => {
    expect(prettyJson('{"id":12345678901234567890,"a":{},"b":[],"c":"x{,\\":","d":[1]}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "a": {},\n  "b": [],\n  "c": "x{,\\":",\n  "d": [\n    1\n  ]\n}',
    );
    expect(prettyJson('{"id":12345678901234567890')).toBeUndefined();
  });
});
