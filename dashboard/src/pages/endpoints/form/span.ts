const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const FORM = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of a length of time as the API writes it, as 1h30m; undefined for what is none. */
export function spanMs(text: string): number | undefined {
  const trimmed = text.trim();
  const found = trimmed === '' ? null : FORM.exec(trimmed);
  if (!found) return undefined;
  return UNITS.reduce((sum, [, size], index) => sum + Number(found[index + 1] ?? 0) * size, 0);
}

const LONGEST_WAIT_MS = 7 * 86_400_000;

/** What is wrong with a length of time; undefined when nothing is. */
export function spanFault(text: string, mostMs = LONGEST_WAIT_MS): string | undefined {
  const ms = spanMs(text);
  if (ms === undefined) return 'Write a length of time, as 500ms, 5s, 1m, 1h30m or 2d.';
  if (ms > mostMs) return `At most ${mostMs / 86_400_000} days.`;
  return undefined;
}
