import { Group, Paper, Stack, Title } from '@mantine/core';
import type { WholeEvent } from '../../api/types';
import { JsonView } from '../../ui/code-block';
import { CopyButton } from '../../ui/copy-button';
import { inert } from '../../ui/inert';
import { KeyValues } from '../../ui/key-values';
import { Time } from '../../ui/time';
import { sourceText } from './source';

type Facts = Omit<WholeEvent, 'data'>;
type Item = readonly [string, React.ReactNode];

function Mono({ text }: { text: string }) {
  return <span className="hy-mono">{inert(text)}</span>;
}

function Id({ text, label }: { text: string; label: string }) {
  return (
    <Group gap={2} wrap="nowrap" align="flex-start">
      <Mono text={text} />
      <CopyButton value={text} label={label} />
    </Group>
  );
}

const there = (items: readonly (Item | false)[]): Item[] => items.filter((item) => item !== false);

/** What is known of an event besides its payload. */
export function EventFacts({ event }: { event: Facts }) {
  const { deliverAt, expiresAt, cancelledAt, channels, traceId } = event;
  return (
    <Paper withBorder p="md">
      <KeyValues
        items={there([
          ['Event id', <Id key="id" text={event.eventId} label="Copy the event’s id" />],
          event.id !== event.eventId && [
            'Hookyard’s own id',
            <Id key="own" text={event.id} label="Copy Hookyard’s id" />,
          ],
          ['Happened', <Time key="happened" at={event.timestamp} />],
          ['Accepted', <Time key="accepted" at={event.createdAt} />],
          deliverAt !== null && ['To be delivered', <Time key="deliver" at={deliverAt} exactly />],
          expiresAt !== null && ['Not sent from', <Time key="expires" at={expiresAt} exactly />],
          cancelledAt !== null && ['Cancelled', <Time key="cancelled" at={cancelledAt} />],
          ['Channels', channels.length === 0 ? 'none' : channels.join(', ')],
          ['Came by', sourceText(event.source)],
          traceId !== null && ['Trace', <Id key="trace" text={traceId} label="Copy the trace’s id" />],
        ])}
      />
    </Paper>
  );
}

/** What its sender said of it: of one that came to a source, or as a CloudEvent. */
export function SenderFacts({ event: { inbound, cloudEvent } }: { event: Facts }) {
  return (
    <>
      {inbound !== null && (
        <Stack gap="xs">
          <Title order={2}>As it came in</Title>
          <Paper withBorder p="md">
            <KeyValues
              items={there([
                inbound.sourceId !== null && ['Source', <Mono key="source" text={inbound.sourceId} />],
                inbound.deliveryId !== null && ['Sender’s id', <Mono key="id" text={inbound.deliveryId} />],
                inbound.senderType !== null && [
                  'Sender’s type',
                  <Mono key="type" text={inbound.senderType} />,
                ],
              ])}
            />
          </Paper>
          {inbound.rawBody !== null && <JsonView text={inbound.rawBody} label="Body as it came" />}
        </Stack>
      )}
      {cloudEvent !== null && (
        <Stack gap="xs">
          <Title order={2}>CloudEvent</Title>
          <Paper withBorder p="md">
            <KeyValues
              items={there([
                ['id', <Mono key="id" text={cloudEvent.id} />],
                ['source', <Mono key="source" text={cloudEvent.source} />],
                ['type', <Mono key="type" text={cloudEvent.type} />],
                cloudEvent.subject !== null && ['subject', <Mono key="subject" text={cloudEvent.subject} />],
                cloudEvent.dataschema !== null && [
                  'dataschema',
                  <Mono key="schema" text={cloudEvent.dataschema} />,
                ],
                ['datacontenttype', <Mono key="content" text={cloudEvent.datacontenttype} />],
                ...Object.entries(cloudEvent.extensions).map(
                  ([name, value]): Item => [name, <Mono key={name} text={String(value)} />],
                ),
              ])}
            />
          </Paper>
        </Stack>
      )}
    </>
  );
}
