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
  if (data === undefined)
    return (
      <Stack>
        <PageHeader title="Delivery" above={<Back tenant={api.tenant} />} />
        {error ? (
          <ErrorState error={error} what="The delivery could not be loaded" onRetry={() => void refetch()} />
        ) : (
          <Loading />
        )}
      </Stack>
    );
  return <Loaded delivery={data} error={error} onRetry={() => void refetch()} />;
}

function Back({ tenant }: { tenant: string }) {
  return (
    <TextLink to="/t/$tenant/deliveries" params={{ tenant }} size="sm">
      Deliveries
    </TextLink>
  );
}

interface LoadedProps {
  delivery: DeliveryWithAttempts;
  /** It could not be loaded anew. */
  error: unknown;
  onRetry: () => void;
}

function Loaded({ delivery, error, onRetry }: LoadedProps) {
  const { tenant } = useApi();
  const { can } = useSession();
  const { attempt: asked } = route.useSearch();
  const retry = useRetry(delivery.id);
  const { attempts } = delivery;
  const shown = attempts.find(({ number }) => number === asked) ?? attempts.at(-1);
  return (
    <Stack>
      <PageHeader
        title={delivery.event}
        documentTitle={`Delivery of ${delivery.event}`}
        above={<Back tenant={tenant} />}
        aside={
          <span role="status">
            <StatusBadge of="delivery" status={delivery.status} />
          </span>
        }
        actions={can('write') && <RetryButton status={delivery.status} retry={retry} />}
      />
      {error !== null && (
        <ErrorState
          error={error}
          what="What is shown may be old: it could not be loaded anew"
          onRetry={onRetry}
        />
      )}
      {retry.isError && <ErrorState error={retry.error} what="It was not retried" />}
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
    </Stack>
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
