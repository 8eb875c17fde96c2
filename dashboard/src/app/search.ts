/**
 * The search part of addresses, read and written plainly: ?status=dead&event=order.paid. Every value is a text;
 * pages turn them into what they mean with the readers below, and what means nothing is as if it were not there.
 */
type Raw = Record<string, unknown>;

export function parseSearch(search: string): Raw {
  const raw: Raw = {};
  for (const [name, value] of new URLSearchParams(search)) raw[name] ??= value;
  return raw;
}

export function stringifySearch(search: Raw): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

const LONGEST = 1000;

export function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' || trimmed.length > LONGEST ? undefined : trimmed;
}

export function oneOf<T extends string>(value: unknown, options: readonly T[]): T | undefined {
  return options.find((option) => option === value);
}

export function flag(value: unknown): true | undefined {
  return value === true || value === 'true' ? true : undefined;
}

/** An instant as RFC 3339 has it. */
export function instant(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

export function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined, so that addresses stay short. */
export function present<T extends Raw>(search: T): Present<T> {
  const kept: Present<T> = {};
  for (const name in search) {
    const value = search[name];
    if (isThere(value)) kept[name] = value;
  }
  return kept;
}

function isThere<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}

/** Where to go after the sign-in: a path of this page and of no other. */
export function ownPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > 4000) return undefined;
  try {
    const url = new URL(value, 'http://own.invalid');
    if (url.host !== 'own.invalid' || url.pathname === '/sign-in') return undefined;
    // A backslash, or two slashes, would lead elsewhere in some browsers.
    return /^\/[/\\]/.test(value) ? undefined : `${url.pathname}${url.search}${url.hash}`;
  } catch {
    return undefined;
  }
}
