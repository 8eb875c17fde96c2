/** What outcomes are called, in a word or two. */
const NAMES: Readonly<Record<string, string>> = {
  succeeded: 'Succeeded',
  http_error: 'HTTP error',
  timeout: 'Timed out',
  unreachable: 'Unreachable',
  tls_error: 'TLS error',
  protocol_error: 'Protocol error',
  blocked: 'Blocked',
};

/** With the status that was answered, where one was. */
export function outcomeText(outcome: string, status: number | null): string {
  const name = NAMES[outcome] ?? outcome;
  if (status === null) return name;
  return outcome === 'http_error' ? `Answered ${status}` : `${name} · ${status}`;
}
