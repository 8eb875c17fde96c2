import { Alert, Anchor, Button, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { advice } from '../api/advice';
import { asApiError } from '../api/error';
import { CopyButton } from './copy-button';

interface Props {
  error: unknown;
  /** What did not work, as in "The endpoints could not be loaded". */
  what?: string;
  onRetry?: (() => void) | undefined;
}

/** Something did not work: what, why, what to do about it, and what to name when asking for help. */
export function ErrorState({ error, what, onRetry }: Props) {
  const problem = asApiError(error);
  return (
    <Alert
      role="alert"
      color="red"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={what ?? problem.title}
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="xs">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {what === undefined ? '' : `${problem.title}: `}
          {problem.detail}
        </Text>
        {problem.errors.length > 0 && (
          <List size="sm">
            {problem.errors.map(({ pointer, detail }) => (
              <List.Item key={`${pointer} ${detail}`} style={{ overflowWrap: 'anywhere' }}>
                <span className="hy-mono">{pointer}</span> {detail}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm">{advice(problem)}</Text>
        <Group gap="md">
          {onRetry && problem.status !== 404 && (
            <Button variant="default" size="xs" onClick={onRetry}>
              Try again
            </Button>
          )}
          {problem.isExplained && (
            <Anchor size="sm" href={`/problems/${problem.slug}`} target="_blank" rel="noreferrer">
              What this means
            </Anchor>
          )}
          {problem.requestId !== undefined && (
            <Group gap={2} wrap="nowrap">
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                Request <span className="hy-mono">{problem.requestId}</span>
              </Text>
              <CopyButton value={problem.requestId} label="Copy the request id" />
            </Group>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
