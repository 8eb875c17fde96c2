import { Alert, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { asApiError } from '../../../api/error';
import type { Match } from '../../../api/schema';
import { useApi } from '../../../api/use-api';
import { ErrorState } from '../../../ui/error-state';
import { inert } from '../../../ui/inert';
import { Badge } from '../../../ui/status-badge';
import type { Sample } from '../sample';
import { SampleEvent, useSample } from '../sample-event';
import { readJson, withRaw } from './json';
import { matchInWords } from './match-words';

interface Props {
  endpointId: string;
  /** The form has another filter than the endpoint. */
  isChanged: boolean;
  patterns: readonly string[];
}

/** Would this event come here? Asked of the endpoint as it is saved: nothing is published. */
export function TryFilter({ endpointId, isChanged, patterns }: Props) {
  const api = useApi();
  const [sample, setSample] = useSample(patterns);
  const read = readJson(sample.data);
  const ask = useMutation({
    mutationFn: ({ event, data }: Sample) =>
      take(
        api.client.POST('/api/v1/webhooks/{id}/match', {
          params: { path: { id: endpointId } },
          body: { event, data: null },
          bodySerializer: () => withRaw({ event }, { data }),
        }),
      ),
  });
  const error = ask.error ? asApiError(ask.error) : undefined;
  const faults = { event: error?.field('/event'), data: read.isRight ? error?.field('/data') : read.fault };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={3}>Try it</Title>
        {isChanged && (
          <Alert color="orange" variant="outline" p="xs">
            The filter is changed and not saved: the answer is of the saved one.
          </Alert>
        )}
        <SampleEvent sample={sample} onChange={setSample} faults={faults} />
        <Group>
          <Button
            variant="default"
            loading={ask.isPending}
            disabled={!read.isRight}
            onClick={() => ask.mutate(sample)}
          >
            Would it come here?
          </Button>
        </Group>
        <div role="status">{ask.data && !ask.isPending && <Answer match={ask.data} />}</div>
        {error && error.errors.length === 0 && <ErrorState error={error} />}
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
