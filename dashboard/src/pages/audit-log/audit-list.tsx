import { Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import type { AuditEntry } from '../../api/types';
import { useApi, useInstanceApi } from '../../api/use-api';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { Pager } from '../../ui/pager';
import { PathLink } from '../../ui/path-link';
import { ScopeSwitch } from '../../ui/scope-switch';
import { Time } from '../../ui/time';
import { bounds } from '../../ui/time-range';
import { useEndpoints } from '../deliveries/endpoint-names';
import { AuditFilters } from './audit-filters';
import { sentence, subjectPath } from './sentence';

const route = getRouteApi('/app/t/$tenant/audit-log');

export function AuditList() {
  const { isOperator } = useSession();
  const tenant = useApi();
  const instance = useInstanceApi();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { action, subject, keyId, range, since, until, whole, cursor = '' } = search;
  const isWhole = whole === true && isOperator;
  const api = isWhole ? instance : tenant;
  const asked = present({ action, subject, keyId, range, since, until });
  const list = useQuery({
    queryKey: api.key('audit-log', asked, cursor),
    queryFn: ({ signal }) => {
      const query = {
        ...present({ action, subject, keyId }),
        ...bounds({ range, since, until }, Date.now()),
        cursor,
      };
      return take(api.client.GET('/api/v1/audit-log', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const nextCursor = list.data?.nextCursor ?? null;
  const hasFilter = Object.keys(asked).length > 0;
  return (
    <Stack>
      <ScopeSwitch
        what="Changes"
        isWhole={isWhole}
        onChange={(to) =>
          void navigate({
            search: present({ ...search, keyId: undefined, cursor: undefined, whole: to || undefined }),
          })
        }
      />
      <AuditFilters api={api} />
      {list.error !== null ? (
        <ErrorState
          error={list.error}
          what="The audit log could not be loaded"
          onRetry={() => void list.refetch()}
        />
      ) : (
        <DataTable
          label="Changes"
          columns={columns(isWhole, tenant.tenant)}
          rows={list.data?.items}
          rowKey={({ id }) => id}
          isStale={list.isPlaceholderData}
          empty={
            <EmptyState icon={IconHistory} title={hasFilter ? 'No change matches' : 'No change yet'}>
              {nextCursor !== null
                ? 'None among those that were looked at: older ones may match. Go on with “Older”.'
                : hasFilter
                  ? 'Loosen a filter, or clear them all.'
                  : 'Who makes, changes or deletes an endpoint, a key or a source stands here from then on.'}
            </EmptyState>
          }
        />
      )}
      <Pager
        what="the audit log"
        cursor={cursor}
        nextCursor={nextCursor}
        onGo={(to) => void navigate({ search: present({ ...search, cursor: to === '' ? undefined : to }) })}
      />
    </Stack>
  );
}

function columns(isWhole: boolean, here: string): Column<AuditEntry>[] {
  return [
    { key: 'what', header: 'What happened', cell: (entry) => <What entry={entry} here={here} /> },
    ...(isWhole
      ? [{ key: 'tenant', header: 'Tenant', cell: ({ tenantId }: AuditEntry) => tenantId ?? 'none' }]
      : []),
    { key: 'role', header: 'Role', width: '7rem', isWideOnly: true, cell: ({ role }) => role ?? '–' },
    { key: 'when', header: 'When', width: '11rem', cell: ({ at }) => <Time at={at} /> },
  ];
}

function What({ entry, here }: { entry: AuditEntry; here: string }) {
  const { did, subject, more } = sentence(entry);
  const path = subjectPath(entry, here);
  // By the name that it has now: that of then is not kept.
  const endpoints = useEndpoints();
  const name = endpoints.data?.items.find(({ id }) => id === entry.subject)?.name;
  return (
    <Text size="sm" component="span" style={{ overflowWrap: 'anywhere' }}>
      <b>{inert(entry.keyName)}</b> {did}{' '}
      {subject !== null &&
        (path === null ? (
          <span className="hy-mono">{inert(subject)}</span>
        ) : (
          <PathLink path={path} size="sm">
            <span className="hy-mono">{inert(subject)}</span>
          </PathLink>
        ))}
      {name !== undefined && ` (${inert(name)})`}
      {inert(more)}
    </Text>
  );
}
