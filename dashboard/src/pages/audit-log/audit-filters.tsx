import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import type { Api } from '../../api/use-api';
import { oneOf, present } from '../../app/search';
import { FilterBar, SearchInput } from '../../ui/filter-bar';
import { inert } from '../../ui/inert';
import { TimeRangeInput } from '../../ui/time-range-input';
import type { AuditSearch } from './routes';
import { ACTIONS, actionText } from './sentence';

const route = getRouteApi('/app/t/$tenant/audit-log');

/** Which lines of the log are shown. A change of any begins with the newest again. */
export function AuditFilters({ api }: { api: Api }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { action, subject, keyId, range, since, until, whole } = search;
  const set = (change: { [Name in keyof AuditSearch]?: AuditSearch[Name] | undefined }) =>
    void navigate({ search: present({ ...search, cursor: undefined, ...change }) });
  const keys = useQuery({
    queryKey: api.key('keys', 'names'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/keys', { params: { query: { limit: 250 } }, signal })),
    staleTime: 30_000,
  });
  const named = (keys.data?.items ?? []).map(({ id, name, prefix }) => ({
    value: id,
    label: `${inert(name)} (${prefix}…)`,
  }));
  // A revoked key did things all the same.
  const isKnown = keyId === undefined || named.some(({ value }) => value === keyId);
  const isActive = [action, subject, keyId, range].some((value) => value !== undefined);
  return (
    <FilterBar
      what="the audit log"
      isActive={isActive}
      onClear={() => void navigate({ search: present({ whole }) })}
    >
      <Select
        label="Action"
        placeholder="Any"
        clearable
        searchable
        clearButtonProps={{ 'aria-label': 'Clear: Action' }}
        data={ACTIONS.map((value) => ({ value, label: actionText(value) }))}
        value={action ?? null}
        onChange={(value) => set({ action: oneOf(value, ACTIONS) })}
        w={{ base: '100%', xs: 220 }}
      />
      <SearchInput
        label="Done to"
        placeholder="ep_… or another id"
        value={subject ?? ''}
        onChange={(value) => set({ subject: value === '' ? undefined : value })}
      />
      <Select
        label="By the key"
        placeholder="Any"
        clearable
        searchable
        clearButtonProps={{ 'aria-label': 'Clear: By the key' }}
        data={isKnown || keyId === undefined ? named : [...named, { value: keyId, label: keyId }]}
        value={keyId ?? null}
        onChange={(value) => set({ keyId: value ?? undefined })}
        w={{ base: '100%', xs: 240 }}
      />
      <TimeRangeInput value={{ range, since, until }} onChange={set} />
    </FilterBar>
  );
}
