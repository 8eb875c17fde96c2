const MOST = 60_000;

export type Example = { value: unknown } | { fault: string };

/** The example as it is typed: nothing is none. */
export function readExample(text: string): Example {
  if (text.trim() === '') return { value: null };
  if (text.length > MOST) return { fault: 'It is too long: 60 kB are more than enough for an example.' };
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}` };
  }
}

export function writeExample(example: unknown): string {
  return example === null || example === undefined ? '' : JSON.stringify(example, null, 2);
}

const TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** What is wrong with a name for an event type; undefined when nothing is. */
export function typeFault(type: string): string | undefined {
  if (type === '') return 'Say which type.';
  if (type.length > 200) return '200 characters at most.';
  return TYPE.test(type)
    ? undefined
    : 'Words of letters, digits, _ and -, with dots between them: order.paid';
}
