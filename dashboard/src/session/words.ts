import type { ApiError } from '../api/error';
import type { EndReason } from './store';

/** Why the sign-in did not work, and what to do. */
export function refusal(error: ApiError): string {
  if (error.status === 401) return 'This key is not known here: it may be mistyped, expired or deleted.';
  if (error.status === 404) {
    return 'This Hookyard is older than its dashboard: it cannot tell whose a key is. Update the program that answers here.';
  }
  if (error.slug === 'unreachable')
    return 'Hookyard cannot be reached. Look whether it runs, then try again.';
  return `${error.title}: ${error.detail}`;
}

/** What stands over the sign-in when somebody comes there from inside. */
export function farewell(reason: EndReason | null): { text: string; isBad: boolean } | null {
  if (reason === 'key-refused') {
    return {
      text: 'You were signed out: your key is not accepted any more. It has expired or was deleted.',
      isBad: true,
    };
  }
  if (reason === 'signed-out')
    return { text: 'You are signed out. This tab has forgotten the key.', isBad: false };
  return null;
}

/** What is wrong with a key before it is sent; undefined when nothing is. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'Paste a key.';
  if (/\s/.test(key)) return 'A key has no spaces or line breaks: copy it again.';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'A key has only letters, digits and signs of ASCII: copy it again.';
  return undefined;
}
