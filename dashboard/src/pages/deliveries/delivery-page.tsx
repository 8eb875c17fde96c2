import { Grid, Paper, Skeleton, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import type { DeliveryWithAttempts } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useLiveQueries } from '../../live/hooks';
import { useSession } from '../../session/hooks';
import { EmptyState } from '../../ui/empty-state';
import { ErrorState } from '../../ui/error-state';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { StatusBadge } from '../../ui/status-badge';
import { AttemptDetails } from './attempt-details';
import { AttemptList } from './attempt-list';
import { DeliverySummary } from './delivery-summary';
import { RetryButton } from './retry-button';
import { Standing } from './standing';
import { lookAgainMs } from './timeline';
import { useRetry } from './use-retry';

const route = getRouteApi('/app/t/$tenant/deliveries/$deliveryId');

export function DeliveryPage() {
  const api = useApi();
  const { deliveryId } = route.useParams();
  const key = api.key('deliveries', 'one', deliveryId);
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/deliveries/{id}', { params: { path: { id: deliveryId } }, signal })),
    refetchInterval: ({ state }) => (state.data ? lookAgainMs(state.data, Date.now()) : false),
  });
  useLiveQueries([key], { matters: (attempt) => attempt.deliveryId === deliveryId, everyMs: 500 });
  const retry = useRetry(deliveryId);
  const { can } = useSession();
  // The heading stays while the rest comes: it has the focus after a link was followed.
  return (
    <Stack>
      <PageHeader
        title={data?.event ?? 'Delivery'}
        documentTitle={data === undefined ? 'Delivery' : `Delivery of ${data.event}`}
        above={<Back tenant={api.tenant} />}
        aside={<span role="status">{data && <StatusBadge of="delivery" status={data.status} />}</span>}
        actions={data && can('write') && <RetryButton status={data.status} retry={retry} />}
      />
      {error !== null && (
        <ErrorState
          error={error}
          what={
            data === undefined
              ? 'The delivery could not be loaded'
              : 'What is shown may be old: it could not be loaded anew'
          }
          onRetry={() => void refetch()}
        />
      )}
      {retry.isError && <ErrorState error={retry.error} what="It was not retried" />}
      {data ? <Loaded delivery={data} /> : error === null && <Loading />}
    </Stack>
  );
}

function Back({ tenant }: { tenant: string }) {
  return (
    <TextLink to="/t/$tenant/deliveries" params={{ tenant }} size="sm">
      Deliveries
    </TextLink>
  );
}

function Loaded({ delivery }: { delivery: DeliveryWithAttempts }) {
  const { tenant } = useApi();
  const { attempt: asked } = route.useSearch();
  const { attempts } = delivery;
  const shown = attempts.find(({ number }) => number === asked) ?? attempts.at(-1);
  return (
    <>
      <DeliverySummary delivery={delivery} tenant={tenant} />
      <Standing delivery={delivery} />
      {shown === undefined ? (
        <Paper withBorder>
          <EmptyState title="No attempt yet">
            Each attempt appears here as it ends, with what was sent and answered.
          </EmptyState>
        </Paper>
      ) : (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
            <Stack gap="xs">
              <Title order={2}>Attempts</Title>
              <AttemptList delivery={delivery} tenant={tenant} shown={shown.number} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
            <AttemptDetails key={shown.number} attempt={shown} />
          </Grid.Col>
        </Grid>
      )}
    </>
  );
}

function Loading() {
  return (
    <Stack aria-busy="true">
      <Skeleton height={120} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
          <Skeleton height={180} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
          <Skeleton height={420} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
