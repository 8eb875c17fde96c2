import { IconBolt, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { useLiveState } from '../live/hooks';
import { Badge } from './status-badge';

/** Whether what is shown follows what happens. Opens the stream where nothing else has. */
export function LiveBadge() {
  const state = useLiveState();
  if (state === 'open') return <Badge tone="good" icon={IconBolt} text="Live" />;
  if (state === 'refused') return <Badge tone="quiet" icon={IconPlugConnectedX} text="Not live" />;
  return <Badge tone="quiet" icon={IconRefresh} text="Connecting" />;
}
