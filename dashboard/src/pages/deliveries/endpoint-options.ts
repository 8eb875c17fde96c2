import type { Endpoint } from '../../api/types';

interface Option {
  value: string;
  label: string;
}

/** What to choose from: those that were found, and the chosen one, deleted or not, at the head where it is not among them. */
export function endpointOptions(
  found: readonly Pick<Endpoint, 'id' | 'name'>[],
  value: string | undefined,
  chosen: Pick<Endpoint, 'name'> | null | undefined,
): Option[] {
  const count = new Map<string, number>();
  for (const { name } of found) count.set(name, (count.get(name) ?? 0) + 1);
  // Names need not differ: then the end of the id tells them apart.
  const options = found.map(({ id, name }) => ({
    value: id,
    label: (count.get(name) ?? 0) > 1 ? `${name} (…${id.slice(-6)})` : name,
  }));
  if (value === undefined || options.some((option) => option.value === value)) return options;
  const label = chosen === null ? `Deleted endpoint (…${value.slice(-6)})` : (chosen?.name ?? value);
  return [{ value, label }, ...options];
}
