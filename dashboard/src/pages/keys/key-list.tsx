import { Group, Stack, Text } from '@mantine/core';
import { IconClockX, IconEdit, type IconKey, IconTrash, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import type { Key } from '../../api/types';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { actionsColumn, RowAction } from '../../ui/row-actions';
import { ScopeSwitch } from '../../ui/scope-switch';
import { Badge } from '../../ui/status-badge';
import { Time } from '../../ui/time';
import { ChangeKey } from './change-key';
import { validity } from './expiry';
import { RevokeKey } from './revoke-key';
import { roleText } from './role';
import { useKeyApi } from './use-key-api';

const route = getRouteApi('/app/t/$tenant/keys');

export function KeyList({ icon, make }: { icon: typeof IconKey; make: React.ReactNode }) {
  const api = useKeyApi();
  const { whole, cursor = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [changed, setChanged] = useState<Key | null>(null);
  const [revoked, setRevoked] = useState<Key | null>(null);
  const list = useQuery({
    queryKey: api.key('keys', cursor),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/keys', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
  });
  const columns = [...facts(whole === true), actions({ onChange: setChanged, onRevoke: setRevoked })];
  return (
    <Stack>
      <ScopeSwitch
        what="Keys"
        isWhole={whole === true}
        onChange={(isWhole) => void navigate({ search: isWhole ? { whole: true } : {} })}
      />
      {list.error !== null ? (
        <ErrorState
          error={list.error}
          what="The keys could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <DataTable
          label="Keys"
          columns={columns}
          rows={list.data?.items}
          rowKey={({ id }) => id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          empty={
            <EmptyState icon={icon} title="No key yet" action={make}>
              A program that publishes wants a producer’s key; somebody who looks, a viewer’s.
            </EmptyState>
          }
        />
      )}
      <Pager
        what="keys"
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => void navigate({ search: present({ whole, cursor: to === '' ? undefined : to }) })}
      />
      <ChangeKey changed={changed} onClose={() => setChanged(null)} />
      <RevokeKey revoked={revoked} onClose={() => setRevoked(null)} />
    </Stack>
  );
}

function facts(isWhole: boolean): Column<Key>[] {
  return [
    { key: 'name', header: 'Name', cell: (row) => <Name row={row} /> },
    { key: 'role', header: 'Role', width: '6.5rem', cell: ({ role }) => roleText(role) },
    ...(isWhole
      ? [{ key: 'tenant', header: 'Tenant', cell: ({ tenantId }: Key) => tenantId ?? 'all of them' }]
      : []),
    {
      key: 'prefix',
      header: 'Begins with',
      isWideOnly: true,
      cell: ({ prefix }) => <span className="hy-mono">{prefix}…</span>,
    },
    { key: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    { key: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Ends at={expiresAt} /> },
    { key: 'made', header: 'Made', isWideOnly: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function Name({ row }: { row: Key }) {
  const { who } = useSession();
  return (
    <Group gap="xs">
      <Text fw={600} size="sm" component="span">
        {inert(row.name)}
      </Text>
      {row.id === who.keyId && <Badge tone="accent" icon={IconUser} text="Yours" />}
    </Group>
  );
}

function Ends({ at }: { at: string | null }) {
  const state = validity(at, Date.now());
  if (state === 'over') return <Badge tone="bad" icon={IconClockX} text="Has ended" />;
  return (
    <Text size="sm" component="span" {...(state === 'soon' ? { c: 'var(--hy-warn)' } : {})}>
      <Time at={at} />
    </Text>
  );
}

interface Actions {
  onChange: (key: Key) => void;
  onRevoke: (key: Key) => void;
}

function actions({ onChange, onRevoke }: Actions): Column<Key> {
  return actionsColumn((row) => (
    <>
      <RowAction icon={IconEdit} label="Change" of={row.name} onClick={() => onChange(row)} />
      <RowAction icon={IconTrash} label="Revoke" of={row.name} isDanger onClick={() => onRevoke(row)} />
    </>
  ));
}
