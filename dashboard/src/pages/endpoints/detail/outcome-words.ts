import type { Attempt, Outcome } from '../../../api/types';

const WORDS: Readonly<Record<Outcome, string>> = {
  succeeded: 'Succeeded',
  http_error: 'Answered with an error',
  timeout: 'No answer in time',
  unreachable: 'Unreachable',
  tls_error: 'TLS failed',
  protocol_error: 'No HTTP',
  blocked: 'Blocked',
};

export const outcomeInWords = (outcome: Outcome): string => WORDS[outcome];

const HINTS: Readonly<Partial<Record<Outcome, string>>> = {
  timeout: 'The receiver should answer first and work afterwards; or give it more time under “Settings”.',
  unreachable:
    'Nobody listens at that address, or a firewall is between. Look whether the receiver runs, and at the URL.',
  tls_error:
    'Look at the receiver’s certificate: whether it is for this name, has expired, or lacks an intermediate one.',
  protocol_error:
    'Something answers there that is no HTTP server, or broke off. Look at the port of the URL.',
  blocked:
    'It was not sent: the address is not allowed here, or nothing could be made of the event. The error says which.',
};

/** What to do about it; undefined where nothing is to be done. */
export function hint({ outcome, response }: Attempt): string | undefined {
  if (outcome !== 'http_error' || response === null) return HINTS[outcome];
  const { status } = response;
  if (status === 410)
    return 'It says that nobody is here any more: sent in earnest, this turns the endpoint off.';
  if (status === 401 || status === 403)
    return 'The receiver wants credentials, or its signature check refuses: look at secret and authorization.';
  if (status === 404 || status === 405) return 'The path is wrong, or takes no POST: look at the URL.';
  if (status === 429) return 'The receiver wants fewer requests: set a rate limit under “Settings”.';
  if (status >= 300 && status < 400)
    return 'Redirects are never followed: put the address it leads to into the URL.';
  if (status >= 500) return 'The receiver broke over it: its own log says more.';
  return 'The receiver refuses it: its answer may say why.';
}
