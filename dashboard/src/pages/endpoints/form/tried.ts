import type { Draft } from './draft';
import { withRaw } from './json';

interface Tried {
  event: string;
  channels: readonly string[];
  /** JSON, as it was typed. */
  data: string;
}

/** A form's choice of events and one to try, as the API wants them: JSON that was typed goes as it was typed. */
export function tried(
  { events, channels, filter }: Pick<Draft, 'events' | 'channels' | 'filter'>,
  { event, channels: borne, data }: Tried,
): string {
  const text = filter.trim();
  return withRaw(
    {},
    {
      webhook: withRaw({ events, channels }, text === '' ? {} : { filter: text }),
      event: withRaw({ event, ...(channels.length > 0 ? { channels: borne } : {}) }, { data }),
    },
  );
}
