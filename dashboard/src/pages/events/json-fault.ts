/** Where JSON is wrong, in words; undefined where it is right. Browsers say it each in their own way, or not at all. */
export function jsonFault(text: string): string | undefined {
  if (text.trim() === '') return 'This is JSON: at least null, or {}.';
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const at = faultAt(text);
    const before = text.slice(0, at).split('\n');
    const where = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    return at >= text.trimEnd().length
      ? `This is no JSON: it ends too early, at ${where}.`
      : `This is no JSON: look at ${where}.`;
  }
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b))/uy;

type Wanted = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end';

/** The index of the first token that cannot stand where it does. */
function faultAt(text: string): number {
  const open: string[] = [];
  let wanted: Wanted = 'value';
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    const start = from + (/^[ \t\n\r]*/.exec(text.slice(from))?.[0].length ?? 0);
    if (!found) return start;
    const next = step(wanted, found, open);
    if (next === undefined) return start;
    wanted = next;
  }
}

/** What is wanted behind this token; undefined where it may not stand. */
function step(wanted: Wanted, [, sign, string, word]: RegExpExecArray, open: string[]): Wanted | undefined {
  const after = () => (open.length === 0 ? 'end' : 'comma');
  const isValue = wanted === 'value' || wanted === 'value or ]';
  if (isValue && (string !== undefined || word !== undefined)) return after();
  if (isValue && (sign === '{' || sign === '[')) {
    open.push(sign);
    return sign === '{' ? 'name or }' : 'value or ]';
  }
  const closes = (sign === '}' && open.at(-1) === '{') || (sign === ']' && open.at(-1) === '[');
  const mayClose = wanted === 'comma' || wanted === 'name or }' || wanted === 'value or ]';
  if (closes && mayClose) {
    open.pop();
    return after();
  }
  if ((wanted === 'name' || wanted === 'name or }') && string !== undefined) return 'colon';
  if (wanted === 'colon' && sign === ':') return 'value';
  if (wanted === 'comma' && sign === ',') return open.at(-1) === '{' ? 'name' : 'value';
  return undefined;
}
