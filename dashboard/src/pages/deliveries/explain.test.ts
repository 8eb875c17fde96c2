import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../api/types';
import { explain, type Failed, header } from './explain';

function of(outcome: Outcome, more: Partial<Failed> = {}) {
  return explain({ outcome, error: null, status: null, ...more });
}

function all(outcome: Outcome, more: Partial<Failed> = {}): string {
  const { title, text, hint } = of(outcome, more) ?? { title: '', text: '', hint: '' };
  return `${title}\n${text}\n${hint}`;
}

test('a success needs no explanation', () => {
  expect(of('succeeded', { status: 204 })).toBeNull();
});

describe('statuses', () => {
  test.each([
    [400, /format/],
    [401, /signing secret/],
    [403, /firewall/],
    [404, /path/],
    [405, /POST/],
    [408, /at once/],
    [409, /webhook-id/],
    [410, /given up/],
    [413, /client_max_body_size/],
    [415, /application\/json/],
    [418, /Read its answer/],
    [422, /payload/],
    [429, /rate limit/],
    [500, /log/],
    [501, /POST/],
    [502, /proxy/],
    [503, /passes/],
    [504, /at once/],
    [599, /log/],
    [100, /200 to 299/],
    [700, /Read its answer|log/],
  ])('%i says what to do', (status, hint) => {
    expect(all('http_error', { status })).toMatch(hint);
    expect(of('http_error', { status })?.title).toContain(String(status));
  });

  test('a redirect is not followed, and where it pointed to is told, shortened', () => {
    expect(all('http_error', { status: 302, location: 'https://b.test/x' })).toMatch(
      /never followed.*https:\/\/b\.test\/x/s,
    );
    expect(of('http_error', { status: 301, location: 'x'.repeat(5000) })?.text.length).toBeLessThan(600);
    expect(all('http_error', { status: 308 })).not.toMatch(/pointed/);
  });

  test('Retry-After is told with 429 and 503 alone', () => {
    expect(all('http_error', { status: 429, retryAfter: '120' })).toContain('Retry-After: 120 seconds');
    expect(all('http_error', { status: 503, retryAfter: 'Fri, 02 Jan 2026 03:04:05 GMT' })).toContain(
      'until Fri, 02 Jan 2026 03:04:05 GMT',
    );
    expect(all('http_error', { status: 500, retryAfter: '120' })).not.toContain('Retry-After');
    expect(all('http_error', { status: 429 })).not.toContain('Retry-After');
  });

  test('an error without a status is still told', () => {
    expect(of('http_error')?.title).toBe('Answered no status');
  });
});

describe('no answer', () => {
  // The texts are those of src/egress/failure.rs, resolver.rs and domain/src/address.rs.
  test.each<[Outcome, string, RegExp]>([
    ['timeout', 'no complete answer in time', /longer timeout/],
    ['unreachable', 'shop.test has no address', /A or AAAA/],
    ['unreachable', 'shop.test could not be resolved', /name servers/],
    ['unreachable', 'the connection was refused', /receiver runs.*port/s],
    ['unreachable', 'the connection was reset', /crashed/],
    ['unreachable', 'there is no way to the host', /IPv6/],
    ['unreachable', 'no local address could be had', /node/],
    ['unreachable', 'something new', /Something new\..*can be reached/s],
    ['tls_error', 'the certificate has expired', /Renew/],
    ['tls_error', 'the certificate is not valid yet', /clocks/],
    ['tls_error', 'the certificate is for another name', /just this name/],
    ['tls_error', "the certificate's issuer is not trusted", /self-signed.*fullchain.*extra_ca_file/s],
    ['tls_error', 'the certificate was revoked', /Renew/],
    ['tls_error', 'the certificate is not valid', /openssl/],
    ['tls_error', 'the receiver does not speak TLS', /plain http/],
    ['tls_error', 'the receiver asks for a client certificate', /mutual TLS/],
    ['tls_error', 'the connection was closed during the TLS handshake', /SNI/],
    ['tls_error', 'the receiver broke off the TLS handshake', /TLS 1\.2 or 1\.3/],
    ['protocol_error', 'the answer is not valid HTTP', /https instead of http/],
    ['protocol_error', "the answer's headers are too large", /cookies/],
    ['protocol_error', 'the answer does not end', /coming to an end/],
    ['protocol_error', 'the connection was closed before the answer was complete', /hung up/],
    ['protocol_error', 'the request cannot be written as HTTP', /its headers/],
    ['blocked', 'shop.test resolves to an address that is not allowed', /public address.*allow_cidrs/s],
    ['blocked', '10.0.0.1 is in 10.0.0.0/8: use a public address', /10\.0\.0\.1 is in/],
    ['blocked', 'shop.test may not be reached by plain http: use https', /https address/],
    ['blocked', 'nothing could be sent: template: undefined value', /template.*undefined value.*retry/s],
  ])('%s: %s', (outcome, error, words) => {
    expect(all(outcome, { error })).toMatch(words);
  });

  test('every outcome has words, with no error text as well', () => {
    for (const outcome of ['timeout', 'unreachable', 'tls_error', 'protocol_error', 'blocked'] as const) {
      const told = of(outcome);
      expect(told?.title).toBeTruthy();
      expect(told?.hint).toBeTruthy();
      expect(told?.text).not.toMatch(/undefined|null/);
    }
  });

  test('a long text is shortened', () => {
    expect(of('unreachable', { error: 'x'.repeat(10_000) })?.text.length).toBeLessThan(400);
  });
});

test('headers are found whatever their letters', () => {
  expect(header({ 'Retry-After': '5' }, 'retry-after')).toBe('5');
  expect(header({ a: 1 }, 'a')).toBeUndefined();
  expect(header(null, 'a')).toBeUndefined();
});
