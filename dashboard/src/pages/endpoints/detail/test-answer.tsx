import { Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { Attempt } from '../../../api/types';
import { CodeBlock, JsonView } from '../../../ui/code-block';
import { duration } from '../../../ui/format';
import { inert } from '../../../ui/inert';
import { Badge } from '../../../ui/status-badge';
import { hint, outcomeInWords } from './outcome-words';

/** What was sent and what came back. */
export function TestAnswer({ attempt }: { attempt: Attempt }) {
  const { outcome, request, response, error, durationMs } = attempt;
  const advice = hint(attempt);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={2}>The answer</Title>
          <Badge tone={outcome === 'succeeded' ? 'good' : 'bad'} text={outcomeInWords(outcome)} />
          {response && <Text fw={600}>Status {response.status}</Text>}
          <Text c="dimmed">{duration(durationMs)}</Text>
        </Group>
        {error !== null && <Text style={{ overflowWrap: 'anywhere' }}>{inert(error)}</Text>}
        {advice !== undefined && (
          <Text size="sm" c="dimmed">
            {advice}
          </Text>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Stack gap="xs" miw={0}>
            <Title order={3}>Sent</Title>
            <CodeBlock text={headerLines(request.headers)} label="Request headers">
              Headers
            </CodeBlock>
            <JsonView text={request.body} label="Request body" />
          </Stack>
          <Stack gap="xs" miw={0}>
            <Title order={3}>Came back</Title>
            {response === null ? (
              <Text size="sm" c="dimmed">
                Nothing: there was no answer.
              </Text>
            ) : (
              <>
                <CodeBlock text={headerLines(response.headers)} label="Response headers">
                  Headers
                </CodeBlock>
                {response.body === '' ? (
                  <Text size="sm" c="dimmed">
                    The body is empty.
                  </Text>
                ) : (
                  <JsonView text={response.body} label="Response body" />
                )}
                {response.truncated && (
                  <Text size="xs" c="dimmed">
                    More came; only the first 16 KiB are read.
                  </Text>
                )}
              </>
            )}
          </Stack>
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
