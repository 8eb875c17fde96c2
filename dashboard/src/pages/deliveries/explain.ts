import type { Attempt } from '../../api/types';
import { ofProtocol, ofTls, ofUnreachable } from './explain-failure';
import { ofStatus } from './explain-status';
import { type Explanation, LOOK_AT_RECEIVER, sentence } from './explanation-words';

/** What is looked at of an attempt. */
export type Failed = Pick<Attempt, 'outcome' | 'error'> & {
  status: number | null;
  /** Of the answer, where it had one. */
  retryAfter?: string | undefined;
  /** Where a redirect would have led. */
  location?: string | undefined;
};

/** The facts of an attempt that its explanation needs. */
export function failedOf({ outcome, error, response }: Attempt): Failed {
  return {
    outcome,
    error,
    status: response?.status ?? null,
    retryAfter: header(response?.headers, 'retry-after'),
    location: header(response?.headers, 'location'),
  };
}

export function header(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  for (const [key, value] of Object.entries(headers))
    if (key.toLowerCase() === name && typeof value === 'string') return value;
  return undefined;
}

/** Null where nothing went wrong. */
export function explain(failed: Failed): Explanation | null {
  const error = failed.error ?? '';
  switch (failed.outcome) {
    case 'succeeded':
      return null;
    case 'http_error':
      return ofStatus(failed.status, failed);
    case 'timeout':
      return {
        title: 'No answer in time',
        text: 'The endpoint did not answer completely within its timeout. It may have done its work all the same.',
        hint: 'Let the receiver answer 2xx at once and do the work afterwards; or give the endpoint a longer timeout in its settings.',
      };
    case 'unreachable':
      return ofUnreachable(error);
    case 'tls_error':
      return ofTls(error);
    case 'protocol_error':
      return ofProtocol(error);
    case 'blocked':
      return ofBlocked(error);
    default:
      return { title: 'The attempt failed', text: sentence(error), hint: LOOK_AT_RECEIVER };
  }
}

function ofBlocked(error: string): Explanation {
  if (error.startsWith('nothing could be sent')) {
    return {
      title: 'Nothing could be made of this event',
      text: `The endpoint’s template, or its payload format, failed on this event, so nothing was sent. ${sentence(error)}`,
      hint: 'Mend the template in the endpoint’s settings (its preview can try this very event), then retry.',
    };
  }
  if (/by plain http/.test(error)) {
    return {
      title: 'Plain http is not allowed',
      text: `Nothing was sent: only https is, unless whoever runs this instance allows the address (egress.allow_cidrs). ${sentence(error)}`,
      hint: 'Set the endpoint’s URL to its https address.',
    };
  }
  return {
    title: 'The address is not allowed',
    text: `Hookyard does not send to private, local or reserved addresses, so that no endpoint can reach what is inside. Nothing was sent. ${sentence(error)}`,
    hint: 'Use a public address. To allow a range of one’s own, whoever runs this instance sets egress.allow_cidrs.',
  };
}
