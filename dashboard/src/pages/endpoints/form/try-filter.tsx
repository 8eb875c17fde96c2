import { Alert, Button, Group, Paper, Stack, Table, TagsInput, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../../api/client';
import { asApiError } from '../../../api/error';
import type { Match } from '../../../api/schema';
import { useApi } from '../../../api/use-api';
import { ErrorState } from '../../../ui/error-state';
import { inert } from '../../../ui/inert';
import { Badge } from '../../../ui/status-badge';
import { firstSample } from '../sample';
import { SampleEvent, useSample } from '../sample-event';
import type { Draft } from './draft';
import { readJson } from './json';
import { matchInWords } from './match-words';
import { tried } from './tried';

interface Props {
  /** What the form says of which events come here, saved or not. */
  draft: Pick<Draft, 'events' | 'channels' | 'filter'>;
}

/** Would this event come here, as the form has it now? Nothing is published or saved. */
export function TryFilter({ draft }: Props) {
  const api = useApi();
  const [sample, setSample] = useSample((types) => firstSample(types, draft.events));
  const [borne, setBorne] = useState<string[]>();
  const channels = borne ?? draft.channels.slice(0, 1);
  const read = readJson(sample.data);
  const filter = draft.filter.trim();
  const isReadable = filter === '' || readJson(filter).isRight;
  const asked = tried(draft, { event: sample.event, channels, data: sample.data });
  const ask = useMutation({
    mutationFn: (body: string) =>
      take(
        api.client.POST('/api/v1/webhooks/match', {
          body: { webhook: { events: draft.events }, event: { event: sample.event, data: null } },
          bodySerializer: () => body,
        }),
      ),
  });
  const error = ask.error ? asApiError(ask.error) : undefined;
  const faults = {
    event: error?.field('/event/event'),
    data: read.isRight ? error?.field('/event/data') : read.fault,
  };
  const ofForm = error?.errors.filter(({ pointer }) => pointer.startsWith('/webhook/')) ?? [];
  // An answer to what was asked before the form was changed says nothing any more.
  const isOfNow = ask.variables === asked;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={3}>Try it</Title>
        <SampleEvent sample={sample} onChange={setSample} faults={isOfNow || !read.isRight ? faults : {}} />
        {draft.channels.length > 0 && (
          <TagsInput
            label="Channels of the event"
            value={channels}
            onChange={setBorne}
            error={isOfNow ? error?.field('/event/channels') : undefined}
            maw={360}
          />
        )}
        <Group>
          <Button
            variant="default"
            loading={ask.isPending}
            disabled={!read.isRight || !isReadable || draft.events.length === 0}
            onClick={() => ask.mutate(asked)}
          >
            Would it come here?
          </Button>
          {!isReadable && (
            <Text size="sm" c="dimmed">
              The filter is no JSON yet.
            </Text>
          )}
          {draft.events.length === 0 && (
            <Text size="sm" c="dimmed">
              Choose event types first.
            </Text>
          )}
        </Group>
        <div role="status">{ask.data && isOfNow && !ask.isPending && <Answer match={ask.data} />}</div>
        {isOfNow && ofForm.length > 0 && (
          <Alert color="red" variant="outline" role="alert" title="It could not be tried">
            {ofForm.map(({ pointer, detail }) => (
              <Text key={pointer} size="sm">
                {inert(`${pointer.slice('/webhook/'.length)}: ${detail}`)}
              </Text>
            ))}
          </Alert>
        )}
        {error && isOfNow && error.errors.length === 0 && <ErrorState error={error} />}
      </Stack>
    </Paper>
  );
}

function Answer({ match }: { match: Match }) {
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Badge
          tone={match.matches ? 'good' : 'bad'}
          text={match.matches ? 'It matches' : 'It does not match'}
        />
        <Text size="sm">{inert(matchInWords(match))}</Text>
      </Group>
      {match.filter && match.filter.conditions.length > 0 && (
        <Table.ScrollContainer minWidth={360}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Field</Table.Th>
                <Table.Th>Found</Table.Th>
                <Table.Th>Holds</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {match.filter.conditions.map(({ pointer, path, found, more, holds }) => (
                <Table.Tr key={pointer}>
                  <Table.Td className="hy-mono">{inert(path)}</Table.Td>
                  <Table.Td className="hy-mono">
                    {found.length === 0 ? 'nothing' : inert(found.join(', '))}
                    {more > 0 && `, ${more} more`}
                  </Table.Td>
                  <Table.Td>
                    <Badge tone={holds ? 'good' : 'bad'} text={holds ? 'yes' : 'no'} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {match.filter?.note && (
        <Text size="sm" c="dimmed">
          {inert(match.filter.note)}
        </Text>
      )}
    </Stack>
  );
}
