import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../api/client';
import { useInstanceApi } from '../api/use-api';
import { TENANT_ID } from '../session/tenant';
import { samePageOf, tenantOptions } from './tenant-options';

/** For operators: whose things are looked at. The page stays the same kind of page. */
export function TenantSwitcher({ tenant }: { tenant: string | null }) {
  const api = useInstanceApi();
  const navigate = useNavigate();
  const pathname = useLocation({ select: (location) => location.pathname });
  const [search, setSearch] = useState('');
  const tenants = useQuery({
    queryKey: api.key('tenants', 'switcher'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/tenants', { params: { query: { limit: 250 } }, signal })),
    staleTime: 30_000,
  });
  const data = tenantOptions(tenants.data?.items ?? [], tenant, {
    typed: search,
    isAll: tenants.data?.nextCursor === null,
  });
  return (
    <Select
      aria-label="Tenant"
      placeholder="Choose a tenant"
      searchable
      allowDeselect={false}
      value={tenant}
      data={data}
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={
        tenants.isError ? 'The tenants could not be loaded' : 'No tenant has this in its name'
      }
      onChange={(next) => {
        if (next !== null && TENANT_ID.test(next)) void navigate({ href: samePageOf(pathname, next) });
      }}
      comboboxProps={{ width: 280, position: 'bottom-start' }}
      maxDropdownHeight={360}
      w={{ base: 150, xs: 200, sm: 280 }}
      styles={{ input: { textOverflow: 'ellipsis' } }}
      size="sm"
    />
  );
}
