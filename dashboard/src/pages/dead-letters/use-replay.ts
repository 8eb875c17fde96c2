import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { IdempotencyKeys } from '../../api/id';
import type { Replay } from '../../api/types';
import { useApi } from '../../api/use-api';

/** Begins a replay, once however often it is sent, and goes to see how far it is. */
export function useReplay(begin: (idempotencyKey: string) => Promise<Replay>) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keys = useRef(new IdempotencyKeys());
  return useMutation<Replay>({
    mutationFn: () => begin(keys.current.for('replay')),
    onSuccess: (replay) => {
      keys.current.done();
      queries.setQueryData(api.key('replays', 'one', replay.id), replay);
      void queries.invalidateQueries({ queryKey: api.key('replays', 'list') });
      void queries.invalidateQueries({ queryKey: api.key('dead-letters') });
      void navigate({
        to: '/t/$tenant/replays/$replayId',
        params: { tenant: api.tenant, replayId: replay.id },
      });
    },
  });
}
