import { Button, Group, Text } from '@mantine/core';
import { IconArrowUp, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { number } from '../../ui/format';
import { LiveBadge } from '../../ui/live-badge';
import { Badge } from '../../ui/status-badge';
import { MOST_COUNTED } from './use-new-attempts';

interface Props {
  isPaused: boolean;
  onPause: (isPaused: boolean) => void;
  count: number;
  hasGap: boolean;
  onShow: () => void;
}

/** What is new, held back until somebody wants to see it. It has its place whether there is anything or not. */
export function LiveBar({ isPaused, onPause, count, hasGap, onShow }: Props) {
  const words = wordsOf(count, hasGap);
  return (
    <Group gap="xs" mih={36} justify="space-between">
      <Group gap="xs">
        {isPaused ? <Badge tone="quiet" icon={IconPlayerPause} text="Paused" /> : <LiveBadge />}
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          leftSection={
            isPaused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />
          }
          onClick={() => onPause(!isPaused)}
        >
          {isPaused ? 'Follow again' : 'Pause'}
        </Button>
      </Group>
      <Group gap="xs" role="status">
        {words !== undefined && (
          <>
            <Text size="sm">{words}</Text>
            <Button
              variant="light"
              size="xs"
              leftSection={<IconArrowUp size={14} aria-hidden />}
              onClick={onShow}
            >
              Show
            </Button>
          </>
        )}
      </Group>
    </Group>
  );
}

function wordsOf(count: number, hasGap: boolean): string | undefined {
  if (count > MOST_COUNTED) return `More than ${number(MOST_COUNTED)} new or changed`;
  if (count > 0) return `${number(count)} new or changed`;
  return hasGap ? 'There may be new ones' : undefined;
}
