import { Alert, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { Endpoint, EndpointState } from '../../../api/types';
import { ErrorState } from '../../../ui/error-state';
import { number } from '../../../ui/format';
import { inert } from '../../../ui/inert';
import { KeyValues } from '../../../ui/key-values';
import { Badge } from '../../../ui/status-badge';
import { Time } from '../../../ui/time';
import { Backlog } from '../backlog';
import { LastError } from './last-error';
import { stateInWords } from './state-words';
import { useEndpointState } from './use-state';

const BREAKER = {
  closed: { text: 'Closed: nothing is held back', tone: 'good' },
  open: { text: 'Open: nothing is sent', tone: 'bad' },
  probing: { text: 'Probing: one at a time', tone: 'warn' },
} as const;

/** How it is right now, why, and what comes next. */
export function StateCard({ endpoint }: { endpoint: Endpoint }) {
  const { data, error, refetch } = useEndpointState(endpoint.id);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="now" aria-busy={!data && !error}>
      <Stack gap="sm">
        <Title order={2} id="now">
          Now
        </Title>
        {error && (
          <ErrorState error={error} what="Its state could not be loaded" onRetry={() => void refetch()} />
        )}
        {data ? <Now endpoint={endpoint} state={data} /> : !error && <Skeleton height={180} />}
      </Stack>
    </Paper>
  );
}

function Now({ endpoint, state }: { endpoint: Endpoint; state: EndpointState }) {
  const said = stateInWords(endpoint, state, Date.now());
  const isOff = state.status === 'failed' || state.status === 'disabled';
  const breaker = BREAKER[state.breaker.state];
  return (
    <>
      <div role="status">
        {said.tone === 'good' ? (
          <Text>{said.text}</Text>
        ) : (
          <Alert
            color={said.tone === 'bad' ? 'red' : said.tone === 'warn' ? 'orange' : 'gray'}
            variant="outline"
            title={inert(said.text)}
          >
            {said.next}
          </Alert>
        )}
      </div>
      {state.consecutiveFailures > 0 && <LastError endpointId={endpoint.id} />}
      <KeyValues
        items={[
          ...(isOff
            ? []
            : ([
                [
                  'Breaker',
                  <Group key="breaker" gap="xs">
                    <Badge tone={breaker.tone} text={breaker.text} />
                  </Group>,
                ],
              ] as const)),
          [
            'Failed in a row',
            <span key="failures">
              {number(state.consecutiveFailures)}
              {state.failingSince !== null && (
                <>
                  , since <Time at={state.failingSince} />
                </>
              )}
            </span>,
          ],
          ...(state.heldUntil === null
            ? []
            : ([['Asked to wait until', <Time key="held" at={state.heldUntil} exactly />]] as const)),
          ...(state.breaker.state === 'open'
            ? ([['Probe', <Time key="probe" at={state.breaker.until} />]] as const)
            : []),
          ['Waiting', <Backlog key="waiting" queued={state.waiting} most={10_000} />],
          ['Next retry', <NextRetry key="next" at={state.nextAttemptAt} />],
          ['In flight', inFlight(endpoint, state)],
          ...(endpoint.rateLimitEnabled
            ? ([
                ['Rate', state.tokens === null ? 'known to its node' : tokens(endpoint, state.tokens)],
              ] as const)
            : []),
          ['Last success', <Time key="success" at={endpoint.lastSuccessAt} />],
          ['Run by', inert(state.node ?? 'nobody at this moment')],
        ]}
      />
    </>
  );
}

/** What is due and held back, as by the breaker, is not told as something of the past. */
function NextRetry({ at }: { at: string | null }) {
  if (at !== null && Date.parse(at) <= Date.now()) {
    return (
      <span>
        due, since <Time at={at} />
      </span>
    );
  }
  return <Time at={at} never="none is due" />;
}

function inFlight({ maxInFlight, ordered }: Endpoint, { inFlight: count, node }: EndpointState): string {
  if (count === null) return node === null ? 'none' : 'known to its node';
  return `${number(count)} of ${ordered ? 1 : number(maxInFlight)}`;
}

function tokens({ maxRequestsPerMinute, burst }: Endpoint, left: number): string {
  return `${number(left)} of ${number(burst)} at once now; ${number(maxRequestsPerMinute)} a minute`;
}
