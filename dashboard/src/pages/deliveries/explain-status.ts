import { type Explanation, LOOK_AT_RECEIVER, short } from './explanation-words';

interface Told {
  retryAfter?: string | undefined;
  location?: string | undefined;
}

/** Of an answer that was no success. */
export function ofStatus(status: number | null, { retryAfter, location }: Told): Explanation {
  const known = status === null ? undefined : STATUSES[status];
  const code = status ?? 'no status';
  if (known) {
    const wait = (status === 429 || status === 503) && retryAfter !== undefined ? waitText(retryAfter) : '';
    return { title: `Answered ${code}: ${known.title}`, text: known.text + wait, hint: known.hint };
  }
  if (status !== null && status >= 300 && status < 400) {
    const where = location === undefined ? '' : ` It pointed to ${short(location)}.`;
    return {
      title: `Answered ${code}: a redirect`,
      text: `Redirects are never followed: whoever controls the answer could lead the request elsewhere.${where}`,
      hint: 'Set the endpoint’s URL to the address it redirects to, if that is the right one. Look for a missing or superfluous slash at its end, and for http instead of https.',
    };
  }
  if (status !== null && status >= 500) {
    return {
      title: `Answered ${code}: an error at the receiver`,
      text: 'The receiver got the request and failed on it, or what stands before it did.',
      hint: LOOK_AT_RECEIVER,
    };
  }
  if (status !== null && status >= 400) {
    return {
      title: `Answered ${code}: the receiver refused the request`,
      text: 'The receiver got the request and did not want it as it is.',
      hint: 'Read its answer below: it mostly says why.',
    };
  }
  return {
    title: `Answered ${code}`,
    text: 'Only an answer of 200 to 299 is a success.',
    hint: 'Let the receiver answer 2xx where it took the webhook.',
  };
}

const STATUSES: Readonly<Record<number, Explanation>> = {
  400: {
    title: 'it does not understand the request',
    text: 'The receiver found the body or a header not as it expects.',
    hint: 'Compare the body with what the receiver wants: the endpoint’s payload format, or its template, may have to be another.',
  },
  401: {
    title: 'it wants to know who sends',
    text: 'The receiver did not accept the request’s signature or its Authorization.',
    hint: 'Check that the receiver has this endpoint’s current signing secret (verify the signature below), and that the endpoint’s auth is right.',
  },
  403: {
    title: 'it does not allow the request',
    text: 'The receiver, or a firewall before it, refuses the sender. A wrong signature is often answered like this too.',
    hint: 'Check the endpoint’s auth and secret, and whether a firewall, an allowlist or a bot protection stands before the receiver.',
  },
  404: {
    title: 'nothing is at this URL',
    text: 'There is a server, but nothing at this path.',
    hint: 'Check the endpoint’s URL, its path above all, and whether the receiver is deployed.',
  },
  405: {
    title: 'it does not take POST here',
    text: 'There is something at this path, but not what takes webhooks: they are POST requests.',
    hint: 'Check the endpoint’s URL, and that its route takes POST.',
  },
  408: {
    title: 'the request took it too long',
    text: 'The receiver, or a proxy before it, gave up waiting.',
    hint: 'Let the receiver answer at once and do the work afterwards.',
  },
  409: {
    title: 'it conflicts with something',
    text: 'The receiver got the request and refused it. Some answer 409 to what they have already had.',
    hint: 'If it had this delivery before, let it answer 2xx: the webhook-id is the same at every attempt.',
  },
  410: {
    title: 'nobody is here any more',
    text: 'The receiver says that it is gone for good. The endpoint is given up with this answer: nothing more is sent to it.',
    hint: 'If that is not so, mend the URL or the receiver, set the endpoint to active again and replay its dead letters.',
  },
  413: {
    title: 'the body is too large for it',
    text: 'The receiver, or a proxy before it, takes no bodies of this size.',
    hint: 'Raise the limit there (nginx: client_max_body_size), publish less with the event, or cut it down with a template.',
  },
  415: {
    title: 'it does not take this content type',
    text: 'The receiver expects another content-type.',
    hint: 'Let it take application/json, or choose another payload format in the endpoint’s settings.',
  },
  422: {
    title: 'it cannot use the content',
    text: 'The receiver read the body and found something wrong in it.',
    hint: 'Read its answer below, and compare the payload with what it wants.',
  },
  429: {
    title: 'it gets too many requests',
    text: 'The receiver asks for fewer requests. This does not count towards giving the endpoint up.',
    hint: 'Set a rate limit on the endpoint that the receiver can keep up with.',
  },
  501: {
    title: 'it cannot do that',
    text: 'The server does not know this kind of request.',
    hint: 'Check the endpoint’s URL, and that its route takes POST.',
  },
  502: {
    title: 'its proxy got no good answer',
    text: 'What stands before the receiver is there; the receiver itself is down or answers nonsense.',
    hint: 'Check that the receiver runs, and the proxy’s log.',
  },
  503: {
    title: 'it is not available now',
    text: 'The receiver is overloaded, in maintenance or starting.',
    hint: 'Mostly it passes, and the next attempt succeeds. If it stays, look whether the receiver is up.',
  },
  504: {
    title: 'its proxy got no answer in time',
    text: 'What stands before the receiver waited for it in vain.',
    hint: 'Let the receiver answer at once and do the work afterwards; check that it runs.',
  },
};

/** What a Retry-After asked for: seconds, or a date. */
function waitText(value: string): string {
  const asked = /^\d{1,9}$/.test(value.trim()) ? `${value.trim()} seconds` : `until ${short(value)}`;
  return ` It asked to wait (Retry-After: ${asked}), and the whole endpoint waits as long, 24 hours at most.`;
}
