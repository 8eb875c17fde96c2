import { Select, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { oneOf, present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { ButtonLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { EndpointFilters } from './endpoint-filters';
import { EndpointList } from './endpoint-list';
import { EndpointRanking } from './endpoint-ranking';
import { type ListSearchChange, RANKINGS } from './list-search';

const ORDERS = [
  { value: 'newest', label: 'Newest first' },
  { value: 'failures', label: 'Most failures (24 h)' },
  { value: 'latency', label: 'Slowest (24 h)' },
  { value: 'backlog', label: 'Largest backlog' },
];

/** All endpoints of the tenant. */
export function EndpointsPage() {
  const { can } = useSession();
  const { tenant } = useParams({ from: '/app/t/$tenant/endpoints' });
  const search = useSearch({ from: '/app/t/$tenant/endpoints' });
  const navigate = useNavigate({ from: '/t/$tenant/endpoints' });
  const set = (change: ListSearchChange) =>
    void navigate({
      search: (before) => present({ ...before, cursor: undefined, ...change }),
      replace: true,
    });
  return (
    <Stack>
      <PageHeader
        title="Endpoints"
        actions={
          can('write') && (
            <ButtonLink
              to="/t/$tenant/endpoints/new"
              params={{ tenant }}
              leftSection={<IconPlus size={18} aria-hidden />}
            >
              New endpoint
            </ButtonLink>
          )
        }
      >
        Where events go: each is a URL with the event types it wants, and how it wants them.
      </PageHeader>
      <EndpointFilters search={search} onChange={set}>
        <Select
          label="Order"
          data={ORDERS}
          value={search.by ?? 'newest'}
          onChange={(by) => set({ by: oneOf(by, RANKINGS) })}
          allowDeselect={false}
          w={{ base: '100%', sm: 200 }}
        />
      </EndpointFilters>
      {search.by === undefined ? (
        <EndpointList
          search={search}
          onGo={(cursor) => void navigate({ search: (before) => ({ ...before, cursor }) })}
          onClear={() => void navigate({ search: {} })}
        />
      ) : (
        <EndpointRanking by={search.by} />
      )}
    </Stack>
  );
}
