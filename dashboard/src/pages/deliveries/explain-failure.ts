import { type Explanation, sentence } from './explanation-words';

/** Of attempts that nothing answered: by what the API says of them, which are texts of Hookyard's own. */
interface Rule {
  when: RegExp;
  is: Explanation;
}

function first(rules: readonly Rule[], error: string): Explanation | undefined {
  return rules.find(({ when }) => when.test(error))?.is;
}

const UNREACHABLE: readonly Rule[] = [
  {
    when: /has no address/,
    is: {
      title: 'The host name has no address',
      text: 'DNS knows the name of the endpoint’s URL, or its domain, but no address for it.',
      hint: 'Check the URL for a mistake in the host name, and the domain’s DNS records (A or AAAA).',
    },
  },
  {
    when: /could not be resolved/,
    is: {
      title: 'The host name could not be looked up',
      text: 'The name servers did not answer, or answered with an error.',
      hint: 'Check that the domain’s name servers work, as with: dig +trace HOST. It may pass by itself.',
    },
  },
  {
    when: /refused/,
    is: {
      title: 'The connection was refused',
      text: 'The machine is there, but nothing listens at this port.',
      hint: 'Check that the receiver runs, and that the URL’s port is the one it listens on.',
    },
  },
  {
    when: /was reset/,
    is: {
      title: 'The connection was broken off',
      text: 'The receiver, or something on the way, closed the connection without an answer. It may have got the request.',
      hint: 'Look whether the receiver crashed or was restarted at that time, and at firewalls and load balancers before it.',
    },
  },
  {
    when: /no way to the host/,
    is: {
      title: 'There is no way to the host',
      text: 'The network between here and the endpoint’s address knows no route.',
      hint: 'Check the address that the host name has, and firewalls. An address of IPv6 alone needs IPv6 here.',
    },
  },
  {
    when: /no local address/,
    is: {
      title: 'This node ran out of connections',
      text: 'No local port or address could be had for the connection. This is about the node, not the endpoint.',
      hint: 'Ask whoever runs this instance to look at its open connections (System has the doctor).',
    },
  },
];

export function ofUnreachable(error: string): Explanation {
  return (
    first(UNREACHABLE, error) ?? {
      title: 'The endpoint could not be reached',
      text: sentence(error),
      hint: 'Check that the receiver runs and can be reached from the internet at the endpoint’s URL.',
    }
  );
}

const RENEW = 'Renew the certificate at the receiver; the next attempts succeed without any change here.';

const TLS: readonly Rule[] = [
  {
    when: /has expired/,
    is: {
      title: 'The certificate has expired',
      text: 'The receiver’s TLS certificate is past its end.',
      hint: RENEW,
    },
  },
  {
    when: /not valid yet/,
    is: {
      title: 'The certificate is not valid yet',
      text: 'The receiver’s TLS certificate begins later than now: it, or a clock, is wrong.',
      hint: 'Check the certificate’s dates, and the clocks of the receiver and of this node.',
    },
  },
  {
    when: /for another name/,
    is: {
      title: 'The certificate is for another host',
      text: 'The receiver shows a certificate in which the URL’s host name is not.',
      hint: 'Check the URL’s host name, and that the server has a certificate for just this name.',
    },
  },
  {
    when: /issuer is not trusted/,
    is: {
      title: 'The certificate is not trusted',
      text: 'It is self-signed, of a private authority, or the server leaves out the intermediate certificate.',
      hint: 'Let the server send its whole chain (fullchain.pem), with a certificate of a public authority. A private authority can be added by whoever runs this instance (egress.extra_ca_file).',
    },
  },
  {
    when: /was revoked/,
    is: {
      title: 'The certificate was revoked',
      text: 'Its authority has taken it back.',
      hint: RENEW,
    },
  },
  {
    when: /certificate is not valid/,
    is: {
      title: 'The certificate is not valid',
      text: 'The receiver’s TLS certificate could not be verified.',
      hint: 'Check it with: openssl s_client -connect HOST:443 -servername HOST',
    },
  },
  {
    when: /does not speak TLS/,
    is: {
      title: 'No TLS at this port',
      text: 'The URL says https, and what answers there speaks something else, mostly plain http.',
      hint: 'Check the URL’s port: 443 is that of https.',
    },
  },
  {
    when: /client certificate/,
    is: {
      title: 'It wants a client certificate',
      text: 'The receiver asks whoever connects for a certificate (mutual TLS). Hookyard has none to show.',
      hint: 'Turn that off for the webhook’s path, and verify the webhook’s signature there instead.',
    },
  },
  {
    when: /during the TLS handshake/,
    is: {
      title: 'The connection was closed during the TLS handshake',
      text: 'The server hung up before the connection was secure.',
      hint: 'Check that it knows the URL’s host name (SNI), and firewalls before it.',
    },
  },
];

export function ofTls(error: string): Explanation {
  return (
    first(TLS, error) ?? {
      title: 'No secure connection',
      text: `TLS could not be set up. ${sentence(error)}`,
      hint: 'The receiver has to speak TLS 1.2 or 1.3. Check it with: openssl s_client -connect HOST:443 -servername HOST',
    }
  );
}

const PROTOCOL: readonly Rule[] = [
  {
    when: /headers are too large/,
    is: {
      title: 'The answer’s headers are too large',
      text: 'The receiver answered with more headers than are read.',
      hint: 'Look which headers it sends: cookies, mostly. A webhook needs none.',
    },
  },
  {
    when: /does not end/,
    is: {
      title: 'The answer does not end',
      text: 'The receiver went on sending interim answers, or headers, without coming to an end.',
      hint: 'Let it answer with a status and a short body.',
    },
  },
  {
    when: /before the answer was complete/,
    is: {
      title: 'The connection was closed in the middle of the answer',
      text: 'The receiver began to answer, or was about to, and hung up.',
      hint: 'Look whether it crashed or was restarted at that time; a proxy’s idle timeout does this too.',
    },
  },
  {
    when: /cannot be written as HTTP/,
    is: {
      title: 'The request cannot be written as HTTP',
      text: 'Something in the endpoint’s URL or headers cannot be sent.',
      hint: 'Check the endpoint’s URL and its headers in its settings.',
    },
  },
];

export function ofProtocol(error: string): Explanation {
  return (
    first(PROTOCOL, error) ?? {
      title: 'The answer is not HTTP',
      text: `What came back could not be understood. ${sentence(error)}`,
      hint: 'Check the URL’s port, and whether it should be https instead of http: something else may listen there.',
    }
  );
}
