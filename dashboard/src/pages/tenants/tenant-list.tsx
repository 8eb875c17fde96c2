import { Stack } from '@mantine/core';
import { IconBuilding, IconCheck, IconPlayerPause } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import type { Tenant } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { number } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { RowLink } from '../../ui/row-link';
import { Badge } from '../../ui/status-badge';
import { Time } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { DeleteTenant, PauseTenant, useSetPaused } from './tenant-actions';
import { ChangeTenant } from './tenant-dialogs';
import { TenantMenu } from './tenant-menu';

const route = getRouteApi('/app/tenants');

type Doing = { what: 'change' | 'pause' | 'delete'; tenant: Tenant } | null;

export function TenantList({ make }: { make: React.ReactNode }) {
  const api = useInstanceApi();
  const { cursor = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const toast = useToast();
  const [doing, setDoing] = useState<Doing>(null);
  const setPaused = useSetPaused();
  const list = useQuery({
    queryKey: api.key('tenants', 'list', cursor),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/tenants', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
  });
  const of = (what: 'change' | 'pause' | 'delete') => (doing?.what === what ? doing.tenant : null);
  const close = () => setDoing(null);
  const columns: Column<Tenant>[] = [
    ...FACTS,
    {
      key: 'menu',
      header: 'What to do with it',
      isHeaderHidden: true,
      align: 'right',
      width: '4rem',
      cell: (tenant) => (
        <TenantMenu
          tenant={tenant}
          onChange={() => setDoing({ what: 'change', tenant })}
          onPause={() => setDoing({ what: 'pause', tenant })}
          onDelete={() => setDoing({ what: 'delete', tenant })}
          onResume={() =>
            setPaused.mutate(
              { tenant, paused: false },
              {
                onError: () =>
                  toast({ tone: 'bad', message: `“${inert(tenant.name)}” could not be resumed.` }),
              },
            )
          }
        />
      ),
    },
  ];
  if (list.error !== null) {
    return (
      <ErrorState
        error={list.error}
        what="The tenants could not be loaded"
        onRetry={() => void list.refetch()}
      />
    );
  }
  return (
    <Stack>
      <DataTable
        label="Tenants"
        columns={columns}
        rows={list.data?.items}
        rowKey={({ id }) => id}
        isStale={list.isPlaceholderData}
        skeletonRows={4}
        empty={
          <EmptyState icon={IconBuilding} title="No tenant yet" action={make}>
            Everything belongs to a tenant: events, endpoints, keys. Mostly there is one for each customer.
          </EmptyState>
        }
      />
      <Pager
        what="tenants"
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => void navigate({ search: to === '' ? {} : { cursor: to } })}
      />
      <ChangeTenant changed={of('change')} onClose={close} />
      <PauseTenant tenant={of('pause')} onClose={close} />
      <DeleteTenant tenant={of('delete')} onClose={close} />
    </Stack>
  );
}

const limit = (value: number | null, none: string) => (value === null ? none : number(value));

const FACTS: readonly Column<Tenant>[] = [
  {
    key: 'name',
    header: 'Tenant',
    cell: ({ id, name }) => (
      <RowLink to="/t/$tenant/overview" params={{ tenant: id }}>
        {inert(name)}
      </RowLink>
    ),
  },
  { key: 'id', header: 'Id', cell: ({ id }) => <span className="hy-mono">{id}</span> },
  {
    key: 'state',
    header: 'State',
    cell: ({ paused }) =>
      paused ? (
        <Badge tone="warn" icon={IconPlayerPause} text="Paused" />
      ) : (
        <Badge tone="good" icon={IconCheck} text="Active" />
      ),
  },
  {
    key: 'rate',
    header: 'Deliveries a second',
    align: 'right',
    cell: ({ maxDeliveriesPerSecond }) => limit(maxDeliveriesPerSecond, 'no limit'),
  },
  {
    key: 'endpoints',
    header: 'Endpoints, at most',
    align: 'right',
    isWideOnly: true,
    cell: ({ maxEndpoints }) => limit(maxEndpoints, 'as configured'),
  },
  { key: 'made', header: 'Made', isWideOnly: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];
