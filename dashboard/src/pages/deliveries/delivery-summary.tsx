import { Group, Paper, Text } from '@mantine/core';
import type { DeliveryWithAttempts } from '../../api/types';
import { CopyButton } from '../../ui/copy-button';
import { duration } from '../../ui/format';
import { KeyValues } from '../../ui/key-values';
import { TextLink } from '../../ui/links';
import { Time } from '../../ui/time';
import { Countdown } from './countdown';
import { EndpointName } from './endpoint-names';

/** What is known of a delivery at a glance. */
export function DeliverySummary({ delivery, tenant }: { delivery: DeliveryWithAttempts; tenant: string }) {
  const { id, eventId, webhookId, attemptCount, createdAt, attempts } = delivery;
  const first = attempts[0];
  return (
    <Paper withBorder p="md">
      <KeyValues
        items={[
          ['Endpoint', <EndpointName key="endpoint" id={webhookId} isLink />],
          [
            'Event',
            <TextLink key="event" to="/t/$tenant/events/$eventId" params={{ tenant, eventId: eventOf(id) }}>
              <span className="hy-mono">{eventId}</span>
            </TextLink>,
          ],
          ['Event accepted', <Time key="accepted" at={createdAt} />],
          ending(delivery),
          ['Attempts', attemptCount],
          [
            'First tried after',
            first === undefined
              ? '–'
              : duration(Math.max(0, Date.parse(first.startedAt) - Date.parse(createdAt))),
          ],
          [
            'Delivery id (webhook-id)',
            <Group key="id" gap={2} wrap="nowrap" align="flex-start">
              <span className="hy-mono">{id}</span>
              <CopyButton value={id} label="Copy the delivery’s id" />
            </Group>,
          ],
        ]}
      />
    </Paper>
  );
}

/** A delivery's id is made of its event's and its endpoint's. A producer's own id may be forgotten; this one is not. */
function eventOf(deliveryId: string): string {
  return `evt_${deliveryId.slice('dlv_'.length, 'dlv_'.length + 26)}`;
}

function ending(delivery: DeliveryWithAttempts): readonly [string, React.ReactNode] {
  const { status, deliveredAt, nextAttemptAt, updatedAt } = delivery;
  switch (status) {
    case 'success':
      return ['Delivered', <Time key="at" at={deliveredAt} />];
    case 'retrying':
      return nextAttemptAt === null
        ? ['Next attempt', 'when its turn comes']
        : ['Next attempt', <Countdown key="at" at={nextAttemptAt} />];
    case 'pending':
      return [
        'First attempt',
        <Text key="at" span size="sm">
          as soon as the endpoint takes it
        </Text>,
      ];
    case 'dead':
      return ['Given up', <Time key="at" at={updatedAt} />];
    default:
      return ['Ended', <Time key="at" at={updatedAt} />];
  }
}
