const TOKEN = /^[A-Za-z0-9_-]+$/;
const LONGEST = 200;

/** What is wrong with a pattern of event types; undefined when nothing is. */
export function patternFault(pattern: string): string | undefined {
  if (pattern === '') return 'Write an event type or a pattern.';
  if (pattern.length > LONGEST) return `At most ${LONGEST} characters.`;
  const tokens = pattern.split('.');
  for (const [index, token] of tokens.entries()) {
    if (token === '*' || TOKEN.test(token)) continue;
    if (token === '>') {
      if (index === tokens.length - 1) continue;
      return `“${pattern}”: > stands for all the rest, so it comes last.`;
    }
    if (token === '') return `“${pattern}”: between two dots, before the first and after the last is a word.`;
    if (/[*>]/.test(token)) return `“${pattern}”: * and > stand alone between dots, as in order.* or order.>`;
    return `“${pattern}”: use letters, digits, _ and -, with dots between.`;
  }
  return undefined;
}

/** Short names that stand for longer ones, as the API reads them. */
const whole = (pattern: string) => pattern.replace(/^github\.pr(?=\.|$)/, 'github.pull_request');

/** Whether events of this type are of this pattern. */
export function covers(pattern: string, type: string): boolean {
  const wanted = whole(pattern).split('.');
  const tokens = type.split('.');
  for (const [index, want] of wanted.entries()) {
    if (want === '>') return tokens.length > index;
    const token = tokens[index];
    if (token === undefined || (want !== '*' && want !== token)) return false;
  }
  return tokens.length === wanted.length;
}

/** Patterns that somebody may want who knows these types: all, what begins alike, and each. */
export function suggestions(types: readonly string[]): { all: string; families: string[]; types: string[] } {
  const families = new Map<string, number>();
  for (const type of types) {
    const tokens = type.split('.');
    for (let length = 1; length < tokens.length; length++) {
      const family = `${tokens.slice(0, length).join('.')}.>`;
      families.set(family, (families.get(family) ?? 0) + 1);
    }
  }
  const several = [...families].filter(([, count]) => count > 1).map(([family]) => family);
  return { all: '>', families: several.sort(), types: [...types].sort() };
}

/** Each once, and several that were pasted as one taken apart. */
export function separate(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((one) => one.split(/[\s,]+/)).filter((one) => one !== ''))];
}
