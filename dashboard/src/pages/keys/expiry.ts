export const TERMS = ['never', '7d', '30d', '90d', '365d', 'at'] as const;
export type Term = (typeof TERMS)[number];

export const TERM_WORDS: Readonly<Record<Term, string>> = {
  never: 'Never',
  '7d': 'In 7 days',
  '30d': 'In 30 days',
  '90d': 'In 90 days',
  '365d': 'In a year',
  at: 'On a day that I choose',
};

const DAY_MS = 86_400_000;

/** When the key ends: null for never, undefined where a day is to be chosen and none is, or one that is past. */
export function expiresAt(term: Term, day: string, now: number): string | null | undefined {
  if (term === 'never') return null;
  if (term !== 'at') return new Date(now + Number(term.slice(0, -1)) * DAY_MS).toISOString();
  // The end of that day, as days are counted here.
  const end = Date.parse(`${day}T23:59:59.999`);
  return Number.isNaN(end) || end <= now ? undefined : new Date(end).toISOString();
}

/** The day of an instant, for the field. */
export function dayOf(at: string): string {
  const date = new Date(at);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

export type Validity = 'valid' | 'soon' | 'over';

/** Whether it still opens anything, and for how long. */
export function validity(at: string | null, now: number): Validity {
  if (at === null) return 'valid';
  const left = Date.parse(at) - now;
  if (left <= 0) return 'over';
  return left < 7 * DAY_MS ? 'soon' : 'valid';
}
