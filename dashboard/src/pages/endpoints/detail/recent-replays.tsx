import { Anchor, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { useApi } from '../../../api/use-api';
import { Time } from '../../../ui/time';
import { replayInWords } from './replay-words';

const SHOWN = 5;

/** The last replays of this endpoint, to look at one again. */
export function RecentReplays({ endpointId, onShow }: { endpointId: string; onShow: (id: string) => void }) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('replays', 'list', endpointId),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/replays', { params: { query: { limit: 100 } }, signal })),
    refetchInterval: 10_000,
  });
  const own = data?.items.filter(({ webhookId }) => webhookId === endpointId).slice(0, SHOWN) ?? [];
  if (own.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>Lately</Title>
      <List size="sm" spacing={6} listStyleType="none">
        {own.map((replay) => (
          <List.Item key={replay.id}>
            <Group gap="xs">
              <Anchor component="button" type="button" size="sm" onClick={() => onShow(replay.id)}>
                {replay.status === 'dead' ? 'Dead letters' : 'Backfill'}
              </Anchor>
              <Time at={replay.createdAt} />
              <Text size="sm" c="dimmed">
                {replayInWords(replay)}
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
