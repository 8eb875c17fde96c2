/** Event types and patterns, as docs/publishing.md has them: what the API says too, told before it is asked. */
const TOKEN = /^[A-Za-z0-9_-]+$/;
const LONGEST = 200;

export function isEventType(text: string): boolean {
  return text.length <= LONGEST && text.split('.').every((token) => TOKEN.test(token));
}

export function isPattern(text: string): boolean {
  const tokens = text.split('.');
  return (
    text.length <= LONGEST &&
    tokens.every(
      (token, index) => TOKEN.test(token) || token === '*' || (token === '>' && index === tokens.length - 1),
    )
  );
}

/** What is wrong with a pattern somebody types; undefined where nothing is. */
export function patternFault(text: string): string | undefined {
  if (text === '' || isPattern(text)) return undefined;
  return 'Tokens of letters, digits, _ and - with dots between; * is any one token, > at the end is the rest.';
}

/** Sources of GitHub events go by two names. */
const whole = (pattern: string) => pattern.replace(/^github\.pr(?=\.|$)/, 'github.pull_request');

/** Whether an event of this type is one of the pattern's. */
export function matchesPattern(pattern: string, type: string): boolean {
  const wanted = whole(pattern).split('.');
  const tokens = type.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>' && index === wanted.length - 1) return tokens.length > index;
    const own = tokens[index];
    if (own === undefined || (token !== '*' && token !== own)) return false;
  }
  return wanted.length === tokens.length;
}
