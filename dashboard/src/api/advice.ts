import type { ApiError } from './error';

const ADVICE: Readonly<Record<string, string>> = {
  unreachable: 'Look whether Hookyard runs and whether you are connected to its network, then try again.',
  'no-answer-in-time': 'Look at what is there before you send it again.',
  'not-understood': 'Reload the page. If it comes again, look at the logs.',
  unauthorized: 'Sign in with a key that is still valid.',
  forbidden: 'Your key’s role may not do this. Ask someone with a key of a higher role.',
  'not-found': 'It may have been deleted, or the address may have a mistake. Go back to the list.',
  'tenant-required': 'Choose a tenant at the top of the page.',
  'precondition-failed': 'Someone else changed it meanwhile. Reload, then make your change again.',
  'payload-expired': 'The payload was kept for its time and is gone. It cannot be sent again.',
  'delivery-finished':
    'There is nothing to retry. To send it once more, publish the event again under another eventId.',
  'endpoint-not-active':
    'Set its endpoint to active first. What was for a deleted endpoint cannot be sent again.',
  'event-released': 'To stop what is still owed, pause or disable its endpoints.',
  'replay-limit-reached': 'Cancel a replay that is not needed, or wait until one has ended.',
  'body-too-large': 'Send less: put what is large elsewhere, and its address into the payload.',
  'rate-limited': 'Wait a moment, then try again.',
  overloaded: 'Hookyard has too much to do right now. Wait a moment, then try again.',
  unavailable: 'A part that Hookyard needs is away, as its database. Try again in a moment.',
  'timed-out': 'It took too long. Try again, or ask for less, as a shorter time range.',
  'too-many-streams': 'Close other tabs that follow what happens live.',
  'invalid-request': 'Mend what is named, then send it again.',
  internal: 'This is a mistake of Hookyard’s. Its log says more under the request id.',
};

/** What somebody who sees this error can do. */
export function advice(error: ApiError): string {
  const known = ADVICE[error.slug];
  if (error.retryAfterSeconds !== undefined && error.status !== undefined && error.status >= 429) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterSeconds));
    return `Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`;
  }
  return known ?? 'Read what it means, then try again.';
}

/** Whether the same request may succeed when it is made again. */
export function isPassing(error: ApiError): boolean {
  if (error.status === undefined) return true;
  return error.status === 429 || error.status >= 500;
}
