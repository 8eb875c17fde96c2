import type { ApiError } from '../../../api/error';
import { type FieldName, isFilter } from './body';
import type { Draft, Typed } from './draft';
import { readJson } from './json';
import { patternFault } from './pattern';
import { spanFault } from './span';
import { checkUrl } from './url';

/** What is wrong, field by field. */
export type Faults = Partial<Record<FieldName, string>>;

/** In the order of the form, so that the first that is wrong is the first that is seen. */
export const LABELS: Readonly<Record<FieldName, string>> = {
  url: 'URL',
  kind: 'What is there',
  name: 'Name',
  userId: 'User',
  events: 'Events',
  channels: 'Channels',
  filter: 'Filter',
  template: 'Template',
  templates: 'Templates by event type',
  format: 'Body',
  customHeaders: 'Headers',
  auth: 'Authorization',
  signatures: 'Signatures',
  secret: 'Signing secret',
  headerPrefix: 'Header prefix',
  timeoutMs: 'Timeout',
  maxInFlight: 'Requests at a time',
  rateLimitEnabled: 'Rate limit',
  maxRequestsPerMinute: 'Attempts a minute',
  burst: 'At once after a rest',
  ordered: 'Order',
  maxRetries: 'Retries',
  retrySchedule: 'Waits',
  autoDisableAfter: 'Failed attempts in a row',
  autoDisableMinDuration: 'Over at least',
};

export const FIELD_NAMES = Object.keys(LABELS).filter(isFieldName);

function isFieldName(name: string): name is FieldName {
  return name in LABELS;
}

const EMPTY = 'Give a number.';

/** What can be said before it is sent. What only Hookyard knows comes with its answer. */
export function check(draft: Draft, isNew: boolean): Faults {
  const faults: Faults = {};
  const say = (name: FieldName, fault: string | undefined) => {
    if (fault !== undefined) faults[name] ??= fault;
  };
  say('url', checkUrl(draft.url, draft.kind).fault);
  if (!isNew && draft.name.trim() === '') say('name', 'Give it a name.');
  if (draft.name.trim().length > 200) say('name', 'At most 200 characters.');
  if (draft.events.length === 0) say('events', 'Choose at least one event type or pattern.');
  if (draft.events.length > 100) say('events', 'At most 100 patterns.');
  for (const pattern of draft.events) say('events', patternFault(pattern));
  for (const channel of draft.channels) {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(channel))
      say('channels', `“${channel}”: 1 to 64 letters, digits, _, - and .`);
  }
  say('filter', filterFault(draft.filter));
  say('customHeaders', headersFault(draft));
  say('auth', authFault(draft));
  if (draft.kind === 'http') {
    if (!draft.isV1 && !draft.isV1a) say('signatures', 'Choose at least one.');
    if (!/^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]*-$/.test(draft.headerPrefix.trim()))
      say('headerPrefix', 'The beginning of header names with its last -, as X-Webhook-');
    if (draft.secret !== '' && (draft.secret.length < 16 || draft.secret.length > 128))
      say('secret', 'whsec_ and base64 of 24 to 64 bytes, or 16 to 128 characters.');
  }
  const number = (name: FieldName, value: Typed, least: number, most: number) => {
    if (value === '') say(name, isNew ? undefined : EMPTY);
    else if (!Number.isInteger(value) || value < least || value > most)
      say(name, `A whole number from ${least} to ${most.toLocaleString('en')}.`);
  };
  number('timeoutMs', draft.timeoutMs, 10, 3_600_000);
  number('maxInFlight', draft.maxInFlight, 1, 256);
  if (draft.rate === 'on') {
    number('maxRequestsPerMinute', draft.maxRequestsPerMinute, 1, 1_000_000);
    number('burst', draft.burst, 1, 100_000);
  }
  number('maxRetries', draft.maxRetries, 0, 100);
  say('retrySchedule', scheduleFault(draft));
  if (draft.giveUp === 'after') {
    number('autoDisableAfter', draft.autoDisableAfter, 1, 1_000_000);
    const span = draft.autoDisableMinDuration;
    if (span !== '' || !isNew) say('autoDisableMinDuration', spanFault(span, 365 * 86_400_000));
  }
  for (const { pattern, template } of draft.templates) {
    if (pattern.trim() === '' && template.trim() === '') continue;
    say('templates', patternFault(pattern.trim()));
    if (template.trim() === '') say('templates', `“${pattern}”: write a template, or take this one out.`);
  }
  return faults;
}

function filterFault(filter: string): string | undefined {
  if (filter.trim() === '') return undefined;
  const read = readJson(filter);
  if (!read.isRight) return read.fault;
  if (!isFilter(read.value))
    return 'A filter is an object whose fields have lists, as {"data.currency": ["EUR"]}';
  return undefined;
}

function headersFault({ headers }: Draft): string | undefined {
  const names = new Set<string>();
  for (const { name, value } of headers) {
    const trimmed = name.trim();
    if (trimmed === '' && value === '') continue;
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(trimmed))
      return trimmed === ''
        ? 'A header without a name: name it or take it out.'
        : `“${trimmed}” is no header's name.`;
    if (!/^[\t -~]*$/.test(value)) return `${trimmed}: a header's value has only letters and signs of ASCII.`;
    if (names.has(trimmed.toLowerCase())) return `${trimmed} is there twice.`;
    names.add(trimmed.toLowerCase());
  }
  return undefined;
}

function authFault({ auth, bearer, username }: Draft): string | undefined {
  if (auth === 'bearer' && !/^[!-~]+$/.test(bearer.trim()))
    return bearer.trim() === '' ? 'Give the token.' : 'A token has no spaces, and only signs of ASCII.';
  if (auth === 'basic' && username.includes(':')) return 'A user name has no colon.';
  return undefined;
}

function scheduleFault(draft: Draft): string | undefined {
  if (draft.schedule === 'default') return undefined;
  if (draft.schedule === 'listed') {
    if (draft.waits.length === 0) return 'Give at least one wait.';
    if (draft.waits.length > 50) return 'At most 50 waits.';
    for (const wait of draft.waits) {
      const fault = spanFault(wait);
      if (fault !== undefined) return `“${wait}”: ${fault}`;
    }
    return undefined;
  }
  const { initial, factor, max, jitter } = draft;
  const fault = spanFault(initial) ?? spanFault(max);
  if (fault !== undefined) return fault;
  if (factor === '' || factor < 1 || factor > 100) return 'The factor is a number from 1 to 100.';
  if (jitter === '' || jitter < 0 || jitter > 1) return 'Chance adds a share from 0 to 1.';
  return undefined;
}

/** The API's errors at the fields of the form; what has no field there is left to `rest`. */
export function faultsOf(error: ApiError, draft: Draft): { faults: Faults; rest: string[] } {
  const faults: Faults = {};
  const rest: string[] = [];
  for (const { pointer, detail } of error.errors) {
    const [name = '', ...more] = pointer.slice(1).split('/').map(plain);
    if (!isFieldName(name)) {
      rest.push(`${pointer}: ${detail}`);
      continue;
    }
    const said = more.length === 0 ? detail : `${placeOf(name, more, draft)}: ${detail}`;
    faults[name] = faults[name] === undefined ? said : `${faults[name]} · ${said}`;
  }
  return { faults, rest };
}

const plain = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

function placeOf(name: FieldName, more: readonly string[], draft: Draft): string {
  const index = Number(more[0]);
  if (name === 'events') return draft.events[index] ?? more.join('/');
  if (name === 'channels') return draft.channels[index] ?? more.join('/');
  return more.join(' › ');
}
