import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { WholeEvent } from '../../api/types';
import { useApi } from '../../api/use-api';
import { rawMember } from './raw-member';

export interface LoadedEvent {
  event: Omit<WholeEvent, 'data'>;
  /** The payload as it was published, digit by digit; null where it was kept for its time and is gone. */
  payload: string | null;
}

/** One event, by our id or its producer's own. */
export function useEvent(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: api.key('events', 'one', id),
    queryFn: async ({ signal }): Promise<LoadedEvent> => {
      const text = await take(
        api.client.GET('/api/v1/events/{id}', { params: { path: { id } }, parseAs: 'text', signal }),
      );
      const event: WholeEvent = JSON.parse(text);
      return { event, payload: event.dataExpired ? null : (rawMember(text, 'data') ?? 'null') };
    },
  });
}
