import { Alert, Skeleton, Stack, Title } from '@mantine/core';
import { IconClockOff } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useApi } from '../../api/use-api';
import { useLiveQueries } from '../../live/hooks';
import { useSession } from '../../session/hooks';
import { JsonView } from '../../ui/code-block';
import { ErrorState } from '../../ui/error-state';
import { ButtonLink, TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { CancelEvent } from './cancel-event';
import { EventState } from './event-state';
import { EventFacts, SenderFacts } from './facts';
import { Recipients } from './recipients';
import { stateOf } from './state';
import { type LoadedEvent, useEvent } from './use-event';

const route = getRouteApi('/app/t/$tenant/events/$eventId');

export function EventPage() {
  const api = useApi();
  const { eventId } = route.useParams();
  const { data, error, refetch } = useEvent(eventId);
  const ownId = data?.event.eventId;
  useLiveQueries([api.key('events', 'one', eventId)], {
    matters: (attempt) => attempt.eventId === ownId,
    everyMs: 1000,
  });
  if (data !== undefined) return <Loaded loaded={data} />;
  return (
    <Stack>
      <PageHeader title="Event" above={<Back tenant={api.tenant} />} />
      {error ? (
        <ErrorState error={error} what="The event could not be loaded" onRetry={() => void refetch()} />
      ) : (
        <Stack aria-busy="true">
          <Skeleton height={120} />
          <Skeleton height={240} />
        </Stack>
      )}
    </Stack>
  );
}

function Back({ tenant }: { tenant: string }) {
  return (
    <TextLink to="/t/$tenant/events" params={{ tenant }} size="sm">
      Events
    </TextLink>
  );
}

function Loaded({ loaded }: { loaded: LoadedEvent }) {
  const { tenant } = useApi();
  const { can } = useSession();
  const { event } = loaded;
  const state = stateOf(event, Date.now());
  return (
    <Stack>
      <PageHeader
        title={event.event}
        documentTitle={`Event ${event.event}`}
        above={<Back tenant={tenant} />}
        aside={
          <span role="status">
            <EventState event={event} />
          </span>
        }
        actions={
          <>
            {can('publish') && (
              <ButtonLink
                variant="default"
                to="/t/$tenant/publish"
                params={{ tenant }}
                search={{ event: event.event }}
              >
                Publish another
              </ButtonLink>
            )}
            {state === 'scheduled' && can('write') && <CancelEvent event={event} />}
          </>
        }
      />
      <EventFacts event={event} />
      <Payload loaded={loaded} isCancelled={state === 'cancelled'} />
      <SenderFacts event={event} />
      {state !== 'cancelled' && <Recipients loaded={loaded} isScheduled={state === 'scheduled'} />}
    </Stack>
  );
}

function Payload({ loaded: { payload }, isCancelled }: { loaded: LoadedEvent; isCancelled: boolean }) {
  return (
    <Stack gap="xs">
      <Title order={2}>Payload</Title>
      {payload === null || isCancelled ? (
        <Alert color="gray" variant="outline" icon={<IconClockOff aria-hidden />} title="The payload is gone">
          {isCancelled
            ? 'It was deleted when the event was cancelled.'
            : 'It was kept for its time. What was delivered stays in the deliveries; it cannot be sent again.'}
        </Alert>
      ) : (
        <JsonView text={payload} label="Payload" />
      )}
    </Stack>
  );
}
