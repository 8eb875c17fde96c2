import type { Delivery } from '../../../api/types';

/** Of those that were tried; null where none was. */
export function newestFailure(deliveries: readonly Delivery[]): Delivery | null {
  return deliveries
    .filter(({ error, responseStatus }) => error !== null || responseStatus !== null)
    .reduce<Delivery | null>(
      (newest, one) => (newest === null || one.updatedAt > newest.updatedAt ? one : newest),
      null,
    );
}
