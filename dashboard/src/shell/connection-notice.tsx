import { Alert, Button, Group, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useSyncExternalStore } from 'react';
import { connection } from '../api/connection';
import { timedFetch } from '../api/fetch';

const EVERY_MS = 5000;

/** Whether it answers: the connection hears of it. */
async function ask(): Promise<void> {
  try {
    await timedFetch(new Request('/livez'));
  } catch {
    // Still away: asked again.
  }
}

/** Says that Hookyard does not answer, asks again by itself, and brings what is shown up to date when it does. */
export function ConnectionNotice() {
  const isUp = useSyncExternalStore(connection.subscribe, connection.isUp);
  const queries = useQueryClient();
  const router = useRouter();
  useEffect(() => {
    if (isUp) return;
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      clearInterval(timer);
      // It is back: what is shown is of before, or could not be loaded at all.
      void queries.invalidateQueries();
      void router.invalidate();
    };
  }, [isUp, queries, router]);
  return (
    <div aria-live="assertive">
      {!isUp && (
        <Alert
          color="orange"
          variant="outline"
          icon={<IconPlugConnectedX aria-hidden />}
          mb="md"
          title="Hookyard cannot be reached"
        >
          <Group justify="space-between">
            <Text size="sm">What is shown may be old. It is asked again every few seconds.</Text>
            <Button size="xs" variant="default" onClick={ask}>
              Ask now
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  );
}
