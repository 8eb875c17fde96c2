import type { Endpoint } from '../../api/types';
import { inert } from '../../ui/inert';

interface Option {
  value: string;
  label: string;
}

type Named = Pick<Endpoint, 'id' | 'name'>;

/** What to choose from: those that were found, and the chosen one, deleted or not, at the head where it is not among them. */
export function endpointOptions(
  found: readonly Named[],
  value: string | undefined,
  chosen: Pick<Endpoint, 'name'> | null | undefined,
): Option[] {
  const count = new Map<string, number>();
  for (const { name } of found) count.set(name, (count.get(name) ?? 0) + 1);
  // Names need not differ: then the end of the id tells them apart.
  const options = found.map(({ id, name }) => ({
    value: id,
    label: (count.get(name) ?? 0) > 1 ? toldApart(id, name) : inert(name),
  }));
  if (value === undefined || options.some((option) => option.value === value)) return options;
  const label = chosen === null ? toldApart(value, 'Deleted endpoint') : chosen ? inert(chosen.name) : value;
  return [{ value, label }, ...options];
}

/** Whether a text is what the field shows of the chosen one, and nothing that somebody looks for. */
export function isLabelOf(text: string, { id, name }: Named): boolean {
  return text === inert(name) || text === toldApart(id, name);
}

function toldApart(id: string, name: string): string {
  return `${inert(name)} (…${id.slice(-6)})`;
}
