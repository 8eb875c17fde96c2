import { IconBan, IconCalendarTime, IconCheck, IconHourglassOff } from '@tabler/icons-react';
import type { Event } from '../../api/types';
import { useTicking } from '../../prefs/clock';
import { Badge } from '../../ui/status-badge';
import { stateOf } from './state';

const LOOKS = {
  accepted: { text: 'Accepted', tone: 'good', icon: IconCheck },
  scheduled: { text: 'Scheduled', tone: 'accent', icon: IconCalendarTime },
  cancelled: { text: 'Cancelled', tone: 'quiet', icon: IconBan },
  expired: { text: 'Expired', tone: 'quiet', icon: IconHourglassOff },
} as const;

export function EventState({ event }: { event: Event }) {
  // Told anew when it changes: an event expires while somebody looks.
  useTicking((now) => stateOf(event, now));
  return <Badge {...LOOKS[stateOf(event, Date.now())]} />;
}
