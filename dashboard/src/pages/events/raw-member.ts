/**
 * A member of a JSON object as it is written: JavaScript's numbers would not keep the digits that a payload may have. The
 * text has to be valid JSON. Undefined where there is no such member, or no object.
 */
export function rawMember(json: string, name: string): string | undefined {
  let at = skip(json, 0);
  if (json[at] !== '{') return undefined;
  at = skip(json, at + 1);
  while (at < json.length && json[at] !== '}') {
    const nameEnd = stringEnd(json, at);
    const isWanted = JSON.parse(json.slice(at, nameEnd)) === name;
    const from = skip(json, skip(json, nameEnd) + 1);
    const to = valueEnd(json, from);
    if (isWanted) return json.slice(from, to);
    at = skip(json, to);
    if (json[at] === ',') at = skip(json, at + 1);
  }
  return undefined;
}

function skip(json: string, from: number): number {
  let at = from;
  while (at < json.length && ' \t\n\r'.includes(json.charAt(at))) at += 1;
  return at;
}

/** Behind the string that begins here. */
function stringEnd(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Behind the value that begins here. */
function valueEnd(json: string, from: number): number {
  let at = from;
  let depth = 0;
  while (at < json.length) {
    const char = json.charAt(at);
    if (char === '"') {
      at = stringEnd(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (char === ',' || ' \t\n\r'.includes(char))) return at;
    at += 1;
  }
  return at;
}
