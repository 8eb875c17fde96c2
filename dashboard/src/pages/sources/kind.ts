import type { InboundSource } from '../../api/types';

export type Kind = InboundSource['kind'];

export const KINDS = ['github', 'standard', 'generic-hmac'] as const satisfies readonly Kind[];

export const KIND_TEXT: Readonly<Record<Kind, string>> = {
  github: 'GitHub',
  standard: 'Standard Webhooks',
  'generic-hmac': 'Signed with an HMAC',
};

export const KIND_HINT: Readonly<Record<Kind, string>> = {
  github: 'Repositories and organizations. Events become github.push, github.pull_request.opened and so on.',
  standard: 'Whoever signs as standardwebhooks.com says. The event’s type is the body’s “type”.',
  'generic-hmac':
    'Whoever signs the body with an HMAC-SHA256 in a header, as many shops and payment services do.',
};

/** Where others send to. Without `server.base_url` the API knows a path alone: then it is where this page is. */
export function sourceUrl(url: string, origin: string): { url: string; isGuessed: boolean } {
  return url.startsWith('/') ? { url: `${origin}${url}`, isGuessed: true } : { url, isGuessed: false };
}

/** What to do at the other end, step by step. */
export function pasteSteps(kind: Kind): string[] {
  switch (kind) {
    case 'github':
      return [
        'At GitHub, open the repository or the organization: Settings → Webhooks → Add webhook.',
        'Paste the URL as “Payload URL” and the secret as “Secret”. Either content type will do.',
        'Choose the events you want, and add the webhook. GitHub sends a ping at once: “Recent Deliveries” there shows it answered 200.',
        'Give an endpoint the pattern github.push, or github.> for all of it.',
      ];
    case 'standard':
      return [
        'In the sender’s settings, make a webhook with this URL and this secret.',
        'Its requests have webhook-id, webhook-timestamp and webhook-signature; the clock may be five minutes off at most.',
        'Give an endpoint a pattern for the types that the sender has.',
      ];
    case 'generic-hmac':
      return [
        'In the sender’s settings, make a webhook with this URL and this secret. The key of the HMAC is the text of the secret.',
        'Send something, and look for it under Events. A signature that does not match is answered 401.',
        'Give an endpoint a pattern for the types that come.',
      ];
  }
}
