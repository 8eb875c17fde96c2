// What a terminal, or a person who looks at the command, would not see as what it is: control characters, and those that
// turn the order of the text around.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/;

/** A text as one word for sh; for bash, zsh and ksh where it holds what cannot be pasted into a terminal safely. */
export function shellQuote(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  if (!HIDDEN.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${Array.from(text, escaped).join('')}'`;
}

function escaped(char: string): string {
  if (char === "'" || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  // A command's words cannot hold it.
  if (char === '\0') return '';
  if (!HIDDEN.test(char)) return char;
  // Byte by byte: \u depends on the shell's locale.
  return Array.from(new TextEncoder().encode(char), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(
    '',
  );
}
