import { Button, Center, Group, Stack, Title } from '@mantine/core';
import type { ApiError } from '../api/error';
import { ErrorState } from '../ui/error-state';
import { session } from './store';
import { refusal } from './words';

/** The key is there, and nobody could say whose it is. */
export function ResumeFailed({ error }: { error: ApiError }) {
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack maw={520}>
        <Title order={1}>Hookyard could not be asked</Title>
        <ErrorState
          error={error}
          {...(error.status === 404 ? { what: refusal(error) } : {})}
          onRetry={() => void session.resume()}
        />
        <Group>
          <Button variant="subtle" color="gray" onClick={() => session.end('signed-out')}>
            Sign out
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
