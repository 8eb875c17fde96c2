import { Button, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { asApiError } from '../../api/error';
import type { Endpoint } from '../../api/types';
import { oneOf, present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { CopyButton } from '../../ui/copy-button';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { StatusBadge } from '../../ui/status-badge';
import { DangerTab } from './detail/danger-tab';
import { DeliveriesTab } from './detail/deliveries-tab';
import { OverviewTab } from './detail/overview-tab';
import { ReplayTab } from './detail/replay-tab';
import { SecretTab } from './detail/secret-tab';
import { SettingsTab } from './detail/settings-tab';
import { TestTab } from './detail/test-tab';
import { type EndpointSearchChange, TABS, type Tab } from './endpoint-search';
import { useEndpoint } from './queries';
import { useChangeStatus } from './use-change-status';

const LABELS: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  deliveries: 'Deliveries',
  settings: 'Settings',
  secret: 'Secret',
  test: 'Test',
  replay: 'Replay',
  danger: 'Danger',
};
/** Those that do nothing but what a viewer may not. */
const WRITING: readonly Tab[] = ['test', 'replay', 'danger'];

/** One endpoint: how it is, and all that can be done with it. */
export function EndpointPage() {
  const { tenant, endpointId } = useParams({ from: '/app/t/$tenant/endpoints/$endpointId' });
  const { data, error, refetch } = useEndpoint(endpointId);
  const above = (
    <TextLink to="/t/$tenant/endpoints" params={{ tenant }} size="sm">
      Endpoints
    </TextLink>
  );
  if (!data) {
    const isGone = error !== null && asApiError(error).status === 404;
    return (
      <Stack>
        <PageHeader title={isGone ? 'No such endpoint' : 'Endpoint'} above={above} />
        {error ? (
          <ErrorState
            error={error}
            what="The endpoint could not be loaded"
            onRetry={isGone ? undefined : () => void refetch()}
          />
        ) : (
          <Stack aria-busy aria-label="The endpoint is loaded">
            <Skeleton height={20} width="50%" />
            <Skeleton height={40} />
            <Skeleton height={220} />
          </Stack>
        )}
      </Stack>
    );
  }
  return (
    <Stack>
      <PageHeader
        title={inert(data.data.name)}
        above={above}
        aside={<StatusBadge of="endpoint" status={data.data.status} />}
        actions={<QuickStatus endpoint={data.data} />}
      >
        <Group gap={4} wrap="nowrap">
          <Text className="hy-mono" size="sm" style={{ overflowWrap: 'anywhere' }}>
            {inert(data.data.url)}
          </Text>
          <CopyButton value={data.data.url} label="Copy the URL" />
        </Group>
      </PageHeader>
      <EndpointTabs endpoint={data.data} etag={data.etag} />
    </Stack>
  );
}

function QuickStatus({ endpoint: { id, name, status } }: { endpoint: Endpoint }) {
  const { can } = useSession();
  const change = useChangeStatus();
  if (!can('write')) return null;
  const isActive = status === 'active';
  const label = isActive ? 'Pause' : status === 'paused' ? 'Resume' : 'Enable';
  const Icon = isActive ? IconPlayerPause : IconPlayerPlay;
  return (
    <Button
      variant="default"
      leftSection={<Icon size={16} aria-hidden />}
      loading={change.isPending}
      onClick={() => change.mutate({ id, name, from: status, to: isActive ? 'paused' : 'active' })}
    >
      {label}
    </Button>
  );
}

function EndpointTabs({ endpoint, etag }: { endpoint: Endpoint; etag: string | null }) {
  const { can } = useSession();
  const search = useSearch({ from: '/app/t/$tenant/endpoints/$endpointId' });
  const navigate = useNavigate({ from: '/t/$tenant/endpoints/$endpointId' });
  const tabs = TABS.filter((tab) => can('write') || !WRITING.includes(tab));
  const shown = search.tab !== undefined && tabs.includes(search.tab) ? search.tab : 'overview';
  const go = (value: string | null) => {
    const [, ...others] = TABS;
    const tab = oneOf(value, others);
    void navigate({ search: tab === undefined ? {} : { tab } });
  };
  const set = (change: EndpointSearchChange) =>
    void navigate({
      search: (before) => present({ ...before, ...change }),
      replace: change.cursor === undefined,
    });
  const part = { endpoint, search, set };
  return (
    <Tabs value={shown} onChange={go} keepMounted={false}>
      <Tabs.List mb="md" aria-label="Parts of the endpoint">
        {tabs.map((tab) => (
          <Tabs.Tab key={tab} value={tab}>
            {LABELS[tab]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview">
        <OverviewTab {...part} />
      </Tabs.Panel>
      <Tabs.Panel value="deliveries">
        <DeliveriesTab {...part} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <SettingsTab endpoint={endpoint} etag={etag} />
      </Tabs.Panel>
      <Tabs.Panel value="secret">
        <SecretTab endpoint={endpoint} />
      </Tabs.Panel>
      <Tabs.Panel value="test">
        <TestTab endpoint={endpoint} />
      </Tabs.Panel>
      <Tabs.Panel value="replay">
        <ReplayTab {...part} />
      </Tabs.Panel>
      <Tabs.Panel value="danger">
        <DangerTab endpoint={endpoint} />
      </Tabs.Panel>
    </Tabs>
  );
}
