import type { StreamedAttempt } from '../api/types';

/** An attempt that the stream tells of; undefined for what is none. */
export function attemptOf(data: string): StreamedAttempt | undefined {
  try {
    const parsed: unknown = JSON.parse(data);
    return isAttempt(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isAttempt(value: unknown): value is StreamedAttempt {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: string, type: string) => name in value && typeof Reflect.get(value, name) === type;
  return (
    ['deliveryId', 'eventId', 'webhookId', 'event', 'outcome', 'verdict', 'status', 'at'].every((name) =>
      has(name, 'string'),
    ) && ['number', 'durationMs'].every((name) => has(name, 'number'))
  );
}
