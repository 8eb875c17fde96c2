const HOUR_MS = 3_600_000;

/** Every hour from `since` to `until`: the API leaves out those in which nothing was. */
export function hoursBetween(since: string, until: string): number[] {
  const end = Date.parse(until);
  const hours: number[] = [];
  for (let at = Math.floor(Date.parse(since) / HOUR_MS) * HOUR_MS; at <= end; at += HOUR_MS) hours.push(at);
  return hours;
}

/** The values of these hours, `empty` where the list has none. */
export function byHour<Hour extends { readonly hour: string }, Value>(
  times: readonly number[],
  hours: readonly Hour[],
  value: (hour: Hour) => Value,
  empty: Value,
): Value[] {
  const known = new Map(hours.map((hour) => [Date.parse(hour.hour), hour]));
  return times.map((time) => {
    const hour = known.get(time);
    return hour === undefined ? empty : value(hour);
  });
}

/** As long as there are times. */
export function filled(values: readonly (number | null)[], length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}

/** The places of values that have none beside them. */
export function lonely(values: readonly (number | null)[]): number[] {
  const isThere = (index: number) => (values[index] ?? null) !== null;
  return values.flatMap((_, index) =>
    isThere(index) && !isThere(index - 1) && !isThere(index + 1) ? [index] : [],
  );
}
