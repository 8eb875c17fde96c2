import { IconBan, IconCheck, IconRotateClockwise } from '@tabler/icons-react';
import type { Replay } from '../../api/types';
import { Badge } from '../../ui/status-badge';
import { stateOf } from './progress';

export function ReplayState({ replay }: { replay: Replay }) {
  const state = stateOf(replay);
  if (state === 'under way') return <Badge tone="accent" icon={IconRotateClockwise} text="Under way" />;
  if (state === 'finished') return <Badge tone="good" icon={IconCheck} text="Finished" />;
  return <Badge tone="quiet" icon={IconBan} text="Cancelled" />;
}

export const kindText = ({ status }: Pick<Replay, 'status'>): string =>
  status === 'unsent' ? 'Backfill' : 'Dead letters';
