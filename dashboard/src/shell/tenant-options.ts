import { TENANT_ID } from '../session/tenant';

interface Option {
  value: string;
  label: string;
}

interface Typed {
  typed: string;
  /** Whether these are all tenants there are. */
  isAll: boolean;
}

/** What to choose from: the tenants by name, the one that is looked at, and one whose id is typed where not all are known. */
export function tenantOptions(
  tenants: readonly { id: string; name: string }[],
  current: string | null,
  { typed, isAll }: Typed,
): Option[] {
  const options = tenants
    .map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` }))
    .sort((one, other) => one.label.localeCompare(other.label, 'en', { numeric: true }));
  const has = (id: string) => options.some((option) => option.value === id);
  if (current !== null && !has(current)) options.unshift({ value: current, label: current });
  const id = typed.trim();
  if (!isAll && TENANT_ID.test(id) && !has(id)) options.push({ value: id, label: `Go to ${id}` });
  return options;
}

/** The list that this page belongs to, of another tenant. */
export function samePageOf(pathname: string, tenant: string): string {
  const noun = /^\/t\/[^/]+\/([a-z-]+)/.exec(pathname)?.[1] ?? 'overview';
  return `/t/${tenant}/${noun}`;
}
