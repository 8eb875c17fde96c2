import { Anchor, Group, Paper, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import { useInstanceApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { Doctor } from './doctor';
import { Nodes } from './nodes';
import { Reload } from './reload';
import { Standing } from './standing';

const EVERY_MS = 5000;

export function SystemPage() {
  const { can } = useSession();
  if (!can('manage-tenants')) {
    return (
      <Stack>
        <PageHeader title="System" />
        <Paper withBorder>
          <NoPermission what="see the system" roles="an operator’s key" />
        </Paper>
      </Stack>
    );
  }
  return <System />;
}

function System() {
  const api = useInstanceApi();
  const { data, error, refetch } = useQuery({
    queryKey: api.key('status'),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/status', { signal })),
    refetchInterval: EVERY_MS,
  });
  const version = data === undefined ? '' : ` It runs version ${inert(data.version)}.`;
  return (
    <Stack gap="lg">
      <PageHeader
        title="System"
        actions={
          <Group gap="md">
            <Anchor size="sm" href="/api/v1/docs" target="_blank" rel="noreferrer">
              API documentation
            </Anchor>
            <Anchor size="sm" href="/metrics" target="_blank" rel="noreferrer">
              Metrics
            </Anchor>
          </Group>
        }
      >
        All nodes together, as of a few seconds ago; how the stores answer is what the node that was asked
        finds.{version}
      </PageHeader>
      {error !== null && (
        <ErrorState
          error={error}
          what="The system’s status could not be loaded"
          onRetry={() => void refetch()}
        />
      )}
      <Standing status={data} />
      <Nodes status={data} />
      <Doctor />
      <Reload />
    </Stack>
  );
}
