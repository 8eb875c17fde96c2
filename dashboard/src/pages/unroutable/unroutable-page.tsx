import { Button, Modal, Stack, Text } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import type { Unroutable } from '../../api/types';
import { useApi, useInstanceApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { JsonView } from '../../ui/code-block';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { KeyValues } from '../../ui/key-values';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { Pager } from '../../ui/pager';
import { ScopeSwitch } from '../../ui/scope-switch';
import { Time } from '../../ui/time';

const route = getRouteApi('/app/t/$tenant/unroutable');

export function UnroutablePage() {
  const { isOperator } = useSession();
  const tenant = useApi();
  const instance = useInstanceApi();
  const { whole, cursor = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [shown, setShown] = useState<Unroutable | null>(null);
  const isWhole = whole === true && isOperator;
  const api = isWhole ? instance : tenant;
  const list = useQuery({
    queryKey: api.key('unroutable', cursor),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/unroutable', { params: { query: { cursor } }, signal })),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack gap="lg">
      <PageHeader
        title="Unroutable"
        above={
          <TextLink to="/t/$tenant/sources" params={{ tenant: tenant.tenant }} size="sm">
            Sources
          </TextLink>
        }
      >
        What came from a broker and is nobody’s event: its subject, its tenant or its payload could not be
        mapped. It was taken, is not delivered, and stands here with the reason.
      </PageHeader>
      <ScopeSwitch
        what="What could not be mapped"
        isWhole={isWhole}
        onChange={(to) => void navigate({ search: to ? { whole: true } : {} })}
      />
      {list.error !== null ? (
        <ErrorState error={list.error} what="It could not be loaded" onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label="Unroutable"
          columns={columns(isWhole, setShown)}
          rows={list.data?.items}
          rowKey={({ id }) => id}
          isStale={list.isPlaceholderData}
          empty={
            <EmptyState icon={IconMapQuestion} title="Everything that came could be mapped">
              What is published to NATS as <span className="hy-mono">events.{tenant.tenant}.order.paid</span>{' '}
              is an event of this tenant. Other subjects are mapped under{' '}
              <span className="hy-mono">[[sources]]</span> in the configuration.
            </EmptyState>
          }
        />
      )}
      <Pager
        what="what could not be mapped"
        cursor={cursor}
        nextCursor={list.data?.nextCursor ?? null}
        onGo={(to) => void navigate({ search: present({ whole, cursor: to === '' ? undefined : to }) })}
      />
      <Payload asked={shown} onClose={() => setShown(null)} />
    </Stack>
  );
}

function columns(isWhole: boolean, onShow: (one: Unroutable) => void): Column<Unroutable>[] {
  return [
    {
      key: 'subject',
      header: 'Subject',
      cell: ({ subject }) => <span className="hy-mono">{inert(subject)}</span>,
    },
    { key: 'reason', header: 'Reason', cell: ({ reason }) => inert(reason) },
    { key: 'source', header: 'From', cell: ({ source }) => inert(source) },
    ...(isWhole
      ? [{ key: 'tenant', header: 'Tenant', cell: ({ tenantId }: Unroutable) => tenantId ?? 'none' }]
      : []),
    { key: 'at', header: 'Came', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      key: 'payload',
      header: 'Payload',
      isHeaderHidden: true,
      align: 'right',
      width: '8rem',
      cell: (one) => (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`Payload of ${inert(one.subject)}, ${one.createdAt}`}
          onClick={() => onShow(one)}
        >
          Payload
        </Button>
      ),
    },
  ];
}

function Payload({ asked, onClose }: { asked: Unroutable | null; onClose: () => void }) {
  const shown = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title="What came"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {shown !== null && (
        <Stack>
          <KeyValues
            items={[
              [
                'Subject',
                <span key="subject" className="hy-mono">
                  {inert(shown.subject)}
                </span>,
              ],
              ['Reason', inert(shown.reason)],
              ['Came', <Time key="came" at={shown.createdAt} exactly />],
            ]}
          />
          <JsonView text={shown.payload} label="Payload" />
          {shown.truncated && (
            <Text size="xs" c="dimmed">
              There was more of it: its first 16 KiB are kept.
            </Text>
          )}
        </Stack>
      )}
    </Modal>
  );
}
