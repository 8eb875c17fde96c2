import { Alert, Button, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { take } from '../../api/client';
import { useInstanceApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { count, list } from '../../ui/format';
import { inert } from '../../ui/inert';

interface Reloaded {
  sources: { added: string[]; removed: string[]; changed: string[]; unchanged: number };
  needRestart: string[];
}

/** Reads the configuration's files again, and says what came of it. */
export function Reload() {
  const api = useInstanceApi();
  const reload = useMutation<Reloaded>({
    mutationFn: () => take(api.client.POST('/api/v1/config/reload', { body: {} })),
  });
  return (
    <section aria-labelledby="configuration">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="configuration">
          Configuration
        </Title>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={reload.isPending}
          onClick={() => reload.mutate()}
        >
          Read again
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mb="xs">
        The node that answers reads its files again and puts its <Code>[[sources]]</Code> in force. Other
        settings need a restart; those that are others now are named. Each node is asked by itself.
      </Text>
      {reload.error !== null && (
        <ErrorState error={reload.error} what="The configuration was not taken: nothing has changed" />
      )}
      {reload.data !== undefined && <Result reloaded={reload.data} />}
    </section>
  );
}

function Result({ reloaded: { sources, needRestart } }: { reloaded: Reloaded }) {
  const { added, changed, removed, unchanged } = sources;
  const moved: readonly (readonly [string, string[]])[] = [
    ['Added', added],
    ['Changed', changed],
    ['Removed', removed],
  ];
  const has = moved.some(([, names]) => names.length > 0);
  return (
    <Alert
      role="status"
      variant="outline"
      color={needRestart.length > 0 ? 'orange' : 'green'}
      title="Read again"
    >
      <Stack gap="xs">
        {has ? (
          <List size="sm">
            {moved.map(
              ([word, names]) =>
                names.length > 0 && (
                  <List.Item key={word}>
                    {word}: {inert(list(names))}
                  </List.Item>
                ),
            )}
          </List>
        ) : (
          <Text size="sm">
            The sources are as they were
            {unchanged > 0 ? ` (${count(unchanged, 'source')})` : ': there are none'}.
          </Text>
        )}
        {needRestart.length > 0 && (
          <Text size="sm">
            Restart this node for: <span className="hy-mono">{inert(needRestart.join(', '))}</span>
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
