import type { Delivery, EndpointState } from '../../api/types';

/** Why a delivery is owed and nothing is sent, in words. `until` is a time that the words end with. */
export interface Waiting {
  title: string;
  text: string;
  until: string | null;
}

/** Undefined where nothing holds it but its own next attempt. */
export function waiting(
  { status, nextAttemptAt }: Pick<Delivery, 'status' | 'nextAttemptAt'>,
  endpoint: Pick<EndpointState, 'status' | 'breaker' | 'heldUntil' | 'tokens'>,
  now: number,
): Waiting | undefined {
  if (status !== 'pending' && status !== 'retrying') return undefined;
  const { breaker, heldUntil, tokens } = endpoint;
  if (endpoint.status === 'paused')
    return {
      title: 'Its endpoint is paused',
      text: 'Nothing is sent to it. This delivery waits, and goes out when the endpoint is resumed.',
      until: null,
    };
  if (heldUntil !== null && Date.parse(heldUntil) > now)
    return {
      title: 'Its endpoint asked to wait',
      text: 'It answered with Retry-After, so nothing is sent to it for now. It goes on',
      until: heldUntil,
    };
  if (breaker.state === 'open')
    return {
      title: 'The breaker of its endpoint is open',
      text:
        breaker.until === null
          ? 'The endpoint failed several times in a row, so nothing is sent for a while. What waits uses up no attempts.'
          : 'The endpoint failed several times in a row, so nothing is sent for a while; what waits uses up no attempts. One request is tried',
      until: breaker.until,
    };
  if (breaker.state === 'probing')
    return {
      title: 'Its endpoint is being tried',
      text: 'It failed several times in a row: one request at a time is sent, until one succeeds.',
      until: null,
    };
  const isDue = nextAttemptAt === null || Date.parse(nextAttemptAt) <= now;
  if (tokens === 0 && isDue)
    return {
      title: 'The rate limit of its endpoint is used up',
      text: 'It goes out when its turn comes.',
      until: null,
    };
  return undefined;
}
