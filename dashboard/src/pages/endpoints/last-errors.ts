import type { Delivery } from '../../api/types';

/** What was wrong last at an endpoint, by its id. */
export type LastErrors = ReadonlyMap<string, string>;

/** Of deliveries, newest first: the error of each endpoint that was written last. */
export function lastErrors(deliveries: readonly Delivery[]): LastErrors {
  const latest = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    if (wordsOf(delivery) === undefined) continue;
    const before = latest.get(delivery.webhookId);
    if (before === undefined || before.updatedAt < delivery.updatedAt)
      latest.set(delivery.webhookId, delivery);
  }
  return new Map([...latest].map(([id, delivery]) => [id, wordsOf(delivery) ?? '']));
}

function wordsOf({ error, responseStatus }: Delivery): string | undefined {
  if (error !== null) return error;
  return responseStatus === null || responseStatus < 300 ? undefined : `it answered ${responseStatus}`;
}
