const NAMES: Readonly<Record<string, string>> = {
  http: 'API',
  nats: 'NATS',
  hookyard: 'Hookyard',
  github: 'GitHub',
  standard: 'Standard Webhooks',
  'generic-hmac': 'Inbound source',
};

/** By what way an event came. */
export function sourceText(source: string): string {
  return NAMES[source] ?? source;
}
