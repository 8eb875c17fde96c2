import type { EndpointKind } from '../../../api/schema';

export interface UrlCheck {
  /** It will not be taken. */
  fault?: string;
  /** It may be taken, and this is to be known. */
  caution?: string;
  /** Whose address it is. */
  recognised?: 'discord' | 'slack';
}

const LONGEST = 2048;
export const PROVIDER: Readonly<Record<'discord' | 'slack', string>> = { discord: 'Discord', slack: 'Slack' };

/** Says of a URL what the API would, and what it cannot know that somebody wants. */
export function checkUrl(text: string, kind: EndpointKind): UrlCheck {
  const url = text.trim();
  if (url === '') return { fault: 'Give the URL that events should be sent to.' };
  if (/\s/.test(url)) return { fault: 'A URL has no spaces or line breaks.' };
  if (url.length > LONGEST)
    return { fault: `A URL has at most ${LONGEST} characters; this has ${url.length}.` };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || /^[^/]*\.[^/]*:\d/.test(url) || /^localhost:/i.test(url))
    return { fault: `Begin it with https://, as in https://${url.replace(/^\/+/, '')}` };
  if (scheme !== 'https' && scheme !== 'http')
    return { fault: `Webhooks go over https; ${scheme} is something else.` };
  if (!/^https?:\/\/[^/?#]/i.test(url) || !URL.canParse(url))
    return { fault: 'This is no whole URL yet: write it like https://example.com/hook' };
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '')
    return { fault: 'Leave user and password out of the URL; they have their place under “Authorization”.' };
  const recognised = providerOf(parsed);
  const caution = cautionOf(parsed, kind, recognised);
  return { ...(recognised ? { recognised } : {}), ...(caution === undefined ? {} : { caution }) };
}

function cautionOf(url: URL, kind: EndpointKind, recognised: 'discord' | 'slack' | undefined) {
  if (kind !== 'http' && recognised !== kind)
    return `This does not look like a webhook URL of ${PROVIDER[kind]}: ${EXPECTED[kind]}`;
  if (url.protocol === 'http:')
    return 'http is not encrypted. It is taken only where the operator of this Hookyard allows the address, as for development.';
  if (url.hash !== '') return 'What stands behind # is never sent.';
  return undefined;
}

const EXPECTED: Readonly<Record<'discord' | 'slack', string>> = {
  discord: 'those begin with https://discord.com/api/webhooks/',
  slack: 'those begin with https://hooks.slack.com/services/',
};

function providerOf(url: URL): 'discord' | 'slack' | undefined {
  if (/^(?:(?:ptb|canary)\.)?discord(?:app)?\.com$/.test(url.hostname))
    return /^\/api(?:\/v\d+)?\/webhooks\/\d+\/[^/]+/.test(url.pathname) ? 'discord' : undefined;
  if (/^hooks\.slack(?:-gov)?\.com$/.test(url.hostname))
    return /^\/(?:services|workflows|triggers)\//.test(url.pathname) ? 'slack' : undefined;
  return undefined;
}
