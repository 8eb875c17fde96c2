import { Menu, Stack, Text } from '@mantine/core';
import { IconEdit, IconLink, IconPlugConnected, IconRefresh, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import type { InboundSource } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { CopyButton } from '../../ui/copy-button';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { number } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { RowMenu } from '../../ui/row-menu';
import { Time } from '../../ui/time';
import { DeleteSource } from './delete-source';
import { KIND_TEXT, sourceUrl } from './kind';
import { RotateSecret } from './rotate-secret';
import { ChangeSource, ShowSource } from './source-dialogs';

const route = getRouteApi('/app/t/$tenant/sources');

type What = 'show' | 'change' | 'rotate' | 'delete';
type Doing = { what: What; source: InboundSource } | null;

export function SourceList({ make }: { make: React.ReactNode }) {
  const api = useApi();
  const { can } = useSession();
  const { cursor = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [doing, setDoing] = useState<Doing>(null);
  const list = useQuery({
    queryKey: api.key('sources', 'list', cursor),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/sources', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
  });
  const of = (what: What) => (doing?.what === what ? doing.source : null);
  const close = () => setDoing(null);
  const columns: Column<InboundSource>[] = can('write')
    ? [...FACTS, menu((what, source) => setDoing({ what, source }))]
    : FACTS;
  if (list.error !== null) {
    return (
      <ErrorState
        error={list.error}
        what="The sources could not be loaded"
        onRetry={() => void list.refetch()}
      />
    );
  }
  return (
    <Stack>
      <DataTable
        label="Sources"
        columns={columns}
        rows={list.data?.items}
        rowKey={({ id }) => id}
        isStale={list.isPlaceholderData}
        skeletonRows={3}
        empty={
          <EmptyState
            icon={IconPlugConnected}
            title="No source yet"
            action={make}
            {...(make === undefined ? {} : { command: command(api.tenant) })}
          >
            A source is a URL for somebody else’s webhooks, as GitHub’s. What they send, and have signed,
            becomes an event here and goes to the endpoints that match it.
          </EmptyState>
        }
      />
      <Pager
        what="sources"
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => void navigate({ search: to === '' ? {} : { cursor: to } })}
      />
      <ShowSource source={of('show')} onClose={close} />
      <ChangeSource source={of('change')} onClose={close} />
      <RotateSecret source={of('rotate')} onClose={close} />
      <DeleteSource source={of('delete')} onClose={close} />
    </Stack>
  );
}

const command = (tenant: string) => `curl ${globalThis.location.origin}/api/v1/sources \\
  -H "Authorization: Bearer $HOOKYARD_KEY" -H 'X-Tenant-Id: ${tenant}' \\
  -H 'Content-Type: application/json' \\
  -d '{"kind": "github", "name": "Our repositories"}'`;

const FACTS: Column<InboundSource>[] = [
  {
    key: 'name',
    header: 'Name',
    cell: ({ name }) => (
      <Text size="sm" fw={600} component="span">
        {inert(name)}
      </Text>
    ),
  },
  { key: 'kind', header: 'Who sends', cell: ({ kind }) => KIND_TEXT[kind] },
  {
    key: 'url',
    header: 'URL',
    cell: ({ name, url: given }) => {
      const { url } = sourceUrl(given, globalThis.location.origin);
      return (
        <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
          <span className="hy-mono">{url}</span>
          <CopyButton value={url} label={`Copy the URL of ${inert(name)}`} />
        </span>
      );
    },
  },
  {
    key: 'rate',
    header: 'Limit',
    width: '9rem',
    align: 'right',
    isWideOnly: true,
    cell: ({ perMinute }) => `${number(perMinute)} a minute`,
  },
  {
    key: 'secret',
    header: 'Secret',
    isWideOnly: true,
    cell: ({ secretHint }) => <span className="hy-mono">…{inert(secretHint)}</span>,
  },
  { key: 'made', header: 'Made', isWideOnly: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function menu(onChoose: (what: What, source: InboundSource) => void): Column<InboundSource> {
  return {
    key: 'menu',
    header: 'What to do with it',
    isHeaderHidden: true,
    align: 'right',
    width: '4rem',
    cell: (source) => (
      <RowMenu of={source.name}>
        <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={() => onChoose('show', source)}>
          What to paste where
        </Menu.Item>
        <Menu.Item
          leftSection={<IconEdit size={16} aria-hidden />}
          onClick={() => onChoose('change', source)}
        >
          Change
        </Menu.Item>
        <Menu.Item
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => onChoose('rotate', source)}
        >
          Rotate the secret
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red.8"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onChoose('delete', source)}
        >
          Delete
        </Menu.Item>
      </RowMenu>
    ),
  };
}
