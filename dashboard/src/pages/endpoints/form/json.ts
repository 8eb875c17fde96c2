export type Json = { isRight: true; value: unknown } | { isRight: false; fault: string };

/** Reads JSON that somebody types, and says where it ends to be some. */
export function readJson(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return { isRight: true, value };
  } catch (error) {
    return {
      isRight: false,
      fault: `This is no JSON yet: ${error instanceof Error ? words(error.message) : ''}`,
    };
  }
}

/** Of what the browser says, without what it repeats of the text. */
function words(message: string): string {
  const place = /\(line (\d+) column (\d+)\)/.exec(message);
  const what = message
    .replace(/,? ?["'].*$/s, '')
    .replace(/ in JSON.*$/s, '')
    .replace(/ \(line.*$/s, '');
  return place ? `${what} at line ${place[1]}, column ${place[2]}` : what;
}

/** Numbers that JavaScript cannot hold: read and written again they would be others. */
export function hasLongNumbers(text: string): boolean {
  return /\d{16,}/.test(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'));
}

/** JSON of an object whose `raw` members are written as they stand, with every digit of their numbers. */
export function withRaw(members: object, raw: Readonly<Record<string, string>>): string {
  const written = JSON.stringify(members).slice(1, -1);
  const rest = Object.entries(raw).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return `{${[...(written === '' ? [] : [written]), ...rest].join(',')}}`;
}
