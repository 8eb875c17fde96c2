import { useMutation, useQueryClient } from '@tanstack/react-query';
import { take } from '../../api/client';
import { newIdempotencyKey } from '../../api/id';
import type { Delivery, DeliveryWithAttempts } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useToast } from '../../ui/toast';

/** Has a delivery tried again, now. What is shown changes once Hookyard says so: it may refuse. */
export function useRetry(id: string) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation<Delivery>({
    mutationFn: () =>
      take(
        api.client.POST('/api/v1/deliveries/{id}/retry', {
          params: { path: { id }, header: { 'Idempotency-Key': newIdempotencyKey() } },
        }),
      ),
    onSuccess: (delivery) => {
      queries.setQueryData<DeliveryWithAttempts>(api.key('deliveries', 'one', id), (before) =>
        before === undefined ? before : { ...before, ...delivery, attempts: before.attempts },
      );
      toast({ message: 'It is due now, with a fresh set of attempts.' });
    },
    onSettled: () =>
      Promise.all(
        ['deliveries', 'dead-letters'].map((noun) => queries.invalidateQueries({ queryKey: api.key(noun) })),
      ),
  });
}
