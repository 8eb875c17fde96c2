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
  // The heading stays while the rest comes: it has the focus after a link was followed.
  return (
    <Stack>
      <PageHeader
        title={data?.event.event ?? 'Event'}
        documentTitle={data === undefined ? 'Event' : `Event ${data.event.event}`}
        above={<Back tenant={api.tenant} />}
        aside={<span role="status">{data && <EventState event={data.event} />}</span>}
        actions={data && <Actions event={data.event} />}
      />
      {error !== null && (
        <ErrorState
          error={error}
          what={
            data === undefined
              ? 'The event could not be loaded'
              : 'What is shown may be old: it could not be loaded anew'
          }
          onRetry={() => void refetch()}
        />
      )}
      {data ? <Loaded loaded={data} /> : error === null && <Loading />}
    </Stack>
  );
}

function Loading() {
  return (
    <Stack aria-busy="true">
      <Skeleton height={120} />
      <Skeleton height={240} />
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

function Actions({ event }: Pick<LoadedEvent, 'event'>) {
  const { tenant } = useApi();
  const { can } = useSession();
  return (
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
      {stateOf(event, Date.now()) === 'scheduled' && can('write') && <CancelEvent event={event} />}
    </>
  );
}

function Loaded({ loaded }: { loaded: LoadedEvent }) {
  const state = stateOf(loaded.event, Date.now());
  return (
    <>
      <EventFacts event={loaded.event} />
      <Payload loaded={loaded} isCancelled={state === 'cancelled'} />
      <SenderFacts event={loaded.event} />
      {state !== 'cancelled' && <Recipients loaded={loaded} isScheduled={state === 'scheduled'} />}
    </>
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
            : 'It was kept for its time. The attempts of its deliveries stay, without their bodies; it cannot be sent again.'}
        </Alert>
      ) : (
        <JsonView text={payload} label="Payload" />
      )}
    </Stack>
  );
}
