import { Stack, Title } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useLiveQueries } from '../../live/hooks';
import { useSession } from '../../session/hooks';
import { ErrorState } from '../../ui/error-state';
import { ButtonLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import type { DeliverySearch } from '../deliveries/search';
import { Groups } from './groups';
import { Letters } from './letters';
import { ReplayAll } from './replay-all';

const route = getRouteApi('/app/t/$tenant/dead-letters');

export function DeadLettersPage() {
  const api = useApi();
  const { can } = useSession();
  const { cursor = '', ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: DeliverySearch) =>
    void navigate({
      search: (before) =>
        present({ ...before, ...next, status: undefined, paused: undefined, cursor: next.cursor }),
    });
  const key = api.key('dead-letters', 'groups');
  const groups = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/dead-letters/groups', { signal })),
  });
  useLiveQueries([key], { matters: ({ status }) => status === 'dead', everyMs: 5000 });
  return (
    <Stack>
      <PageHeader
        title="Dead letters"
        actions={
          <>
            <ButtonLink
              variant="default"
              to="/t/$tenant/replays"
              params={{ tenant: api.tenant }}
              leftSection={<IconHistory size={16} aria-hidden />}
            >
              Replays
            </ButtonLink>
            {can('write') && <ReplayAll filter={filter} groups={groups.data} />}
          </>
        }
      >
        Deliveries that were given up. They are kept, and can be replayed: each gets a fresh set of attempts.
      </PageHeader>
      {groups.isError ? (
        <ErrorState
          error={groups.error}
          what="The groups could not be loaded"
          onRetry={() => void groups.refetch()}
        />
      ) : (
        groups.data?.items.length !== 0 && (
          <Stack component="section" gap="xs" aria-label="By reason and endpoint">
            <Title order={2}>By reason and endpoint</Title>
            <Groups groups={groups.data} chosen={filter} onChoose={change} />
          </Stack>
        )
      )}
      <Letters filter={filter} cursor={cursor} onChange={change} hasNone={groups.data?.items.length === 0} />
    </Stack>
  );
}
