import { Select, Text } from '@mantine/core';
import { oneOf } from '../../app/search';
import { FilterBar, SearchInput } from '../../ui/filter-bar';
import { endpointStatusText } from '../../ui/status-badge';
import { isFiltered, type ListSearch, type ListSearchChange, STATUSES } from './list-search';

interface Props {
  search: ListSearch;
  onChange: (change: ListSearchChange) => void;
  /** What is beside the filters. */
  children: React.ReactNode;
}

/** What the list is narrowed to. A ranking is of all endpoints, so it has none of these. */
export function EndpointFilters({ search, onChange, children }: Props) {
  const none = { q: undefined, status: undefined, event: undefined, userId: undefined };
  if (search.by !== undefined) {
    return (
      <FilterBar what="endpoints" isActive={false} onClear={() => undefined}>
        {children}
        <Text size="sm" c="dimmed" pb={8}>
          The first 50 of all endpoints. To search and filter, order them newest first.
        </Text>
      </FilterBar>
    );
  }
  return (
    <FilterBar what="endpoints" isActive={isFiltered(search)} onClear={() => onChange(none)}>
      <SearchInput
        label="Search"
        placeholder="Name or URL"
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
      <Select
        label="Status"
        placeholder="Any"
        data={STATUSES.map((status) => ({ value: status, label: endpointStatusText(status) }))}
        value={search.status ?? null}
        onChange={(status) => onChange({ status: oneOf(status, STATUSES) })}
        clearable
        clearButtonProps={{ 'aria-label': 'Clear: Status' }}
        w={{ base: '100%', sm: 140 }}
      />
      <SearchInput
        label="Event"
        placeholder="order.paid or order.*"
        value={search.event ?? ''}
        onChange={(event) => onChange({ event: event || undefined })}
        width={200}
      />
      <SearchInput
        label="User"
        placeholder="u_42"
        value={search.userId ?? ''}
        onChange={(userId) => onChange({ userId: userId || undefined })}
        width={130}
      />
      {children}
    </FilterBar>
  );
}
