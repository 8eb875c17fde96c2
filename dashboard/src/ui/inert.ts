/** What is shown of a text at first: browsers grow slow past it. */
export const SHOWN_CHARACTERS = 256 * 1024;

// Characters that change how what follows is shown, or that nobody sees.
const UNSEEN = /[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u2060\uFEFF]/g;

/**
 * A text from outside as it may be shown: control characters, and what would turn the order of the characters around,
 * are named. Line breaks and tabs stay.
 */
export function inert(text: string): string {
  return Array.from(text, shown)
    .join('')
    .replace(UNSEEN, (char) => named(char.charCodeAt(0)));
}

function named(code: number): string {
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

function shown(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n' || char === '\t' || char === '\r') return char;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? named(code) : char;
}

/** The beginning of a text, not cut within a character. */
export function beginning(text: string, most = SHOWN_CHARACTERS): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  const isCut = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isCut ? most - 1 : most);
}

/** JSON written out over lines; undefined for what is no JSON, or is too much to be worth it. */
export function prettyJson(text: string): string | undefined {
  if (text.length > 8 * SHOWN_CHARACTERS || !/^\s*[[{"\d\-tfn]/.test(text)) return undefined;
  // Numbers that JavaScript cannot hold would come out as others.
  if (/\d{16,}/.test(text)) return spaced(text);
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** Valid JSON with line breaks put in, and every number as it was written. */
function spaced(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '}' || token === ']') {
      depth -= 1;
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token;
    } else if (token === '{' || token === '[') {
      depth += 1;
      out += token + line();
    } else if (token === ',') out += token + line();
    else out += token === ':' ? ': ' : token;
  }
  return out;
}
