import { Group, Progress, Text } from '@mantine/core';
import type { Replay } from '../../api/types';
import { number } from '../../ui/format';
import { percentOf, stateOf } from './progress';

/** How far a replay is. */
export function ReplayBar({ replay }: { replay: Replay }) {
  const value = percentOf(replay);
  const color = { 'under way': 'indigo', finished: 'green.8', cancelled: 'gray' }[stateOf(replay)];
  return (
    <Group gap="sm" wrap="nowrap" miw={160}>
      <Progress value={value} color={color} flex={1} aria-label={`${value} % done`} />
      <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
        {number(replay.done)} of {number(Math.max(replay.total, replay.done))}
      </Text>
    </Group>
  );
}
