import type { Auth, EndpointChange, NewEndpoint, SignatureVersion } from '../../../api/schema';
import { type Draft, scheduleIn, type Typed } from './draft';
import { hasLongNumbers, readJson, withRaw } from './json';

type Fields = Partial<NewEndpoint>;
export type FieldName = keyof NewEndpoint;

const given = (value: Typed): number | undefined => (value === '' ? undefined : value);
const text = (value: string): string | undefined => (value.trim() === '' ? undefined : value.trim());

/** What the form says, as the API has it. Undefined: as it is configured, or as it was. */
export function fieldsOf(draft: Draft): { [Name in FieldName]: NewEndpoint[Name] | undefined } {
  const isHttp = draft.kind === 'http';
  return {
    name: text(draft.name),
    url: draft.url.trim(),
    kind: draft.kind,
    events: draft.events,
    channels: draft.channels,
    userId: text(draft.userId) ?? null,
    filter: filterOf(draft),
    secret: isHttp ? (draft.secret === '' ? undefined : draft.secret) : undefined,
    customHeaders: Object.fromEntries(
      draft.headers
        .filter(({ name, value }) => name.trim() !== '' || value !== '')
        .map(({ name, value }) => [name.trim(), value]),
    ),
    auth: authOf(draft),
    format: isHttp ? draft.format : undefined,
    signatures: isHttp ? signaturesOf(draft) : undefined,
    headerPrefix: isHttp ? draft.headerPrefix.trim() : undefined,
    timeoutMs: given(draft.timeoutMs),
    rateLimitEnabled: draft.rate === 'default' ? undefined : draft.rate === 'on',
    maxRequestsPerMinute: draft.rate === 'on' ? given(draft.maxRequestsPerMinute) : undefined,
    burst: draft.rate === 'on' ? given(draft.burst) : undefined,
    maxInFlight: given(draft.maxInFlight),
    ordered: draft.ordered,
    maxRetries: given(draft.maxRetries),
    retrySchedule: scheduleIn(draft),
    autoDisableAfter:
      draft.giveUp === 'never' ? null : draft.giveUp === 'after' ? given(draft.autoDisableAfter) : undefined,
    autoDisableMinDuration: draft.giveUp === 'after' ? text(draft.autoDisableMinDuration) : undefined,
    template: draft.template.trim() === '' ? null : draft.template,
    templates: Object.fromEntries(
      draft.templates
        .filter(({ pattern, template }) => pattern.trim() !== '' || template.trim() !== '')
        .map(({ pattern, template }) => [pattern.trim(), template]),
    ),
  };
}

function filterOf({ filter }: Draft): NewEndpoint['filter'] {
  const read = readJson(filter);
  return filter.trim() !== '' && read.isRight && isFilter(read.value) ? read.value : null;
}

export function isFilter(value: unknown): value is NonNullable<NewEndpoint['filter']> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one: unknown) => typeof one === 'object' && one !== null)
  );
}

function authOf({ auth, bearer, username, password }: Draft): Auth | null | undefined {
  if (auth === 'keep') return undefined;
  if (auth === 'bearer') return { bearer: bearer.trim() };
  if (auth === 'basic') return { basic: { username, password } };
  return null;
}

function signaturesOf({ isV1, isV1a }: Draft): SignatureVersion[] {
  return [...(isV1 ? (['v1'] as const) : []), ...(isV1a ? (['v1a'] as const) : [])];
}

/** A filter goes as it was typed, so that long numbers keep their digits. */
export function written(fields: Fields, draft: Draft): string {
  if (fields.filter === undefined || fields.filter === null || !hasLongNumbers(draft.filter))
    return JSON.stringify(fields);
  const { filter: _, ...rest } = fields;
  return withRaw(rest, { filter: draft.filter });
}

/** Of a new endpoint: what is as usual is left to the configuration. */
export function bodyOf(draft: Draft): NewEndpoint {
  const { url, events, ...fields } = fieldsOf(draft);
  const isEmpty = (value: unknown) =>
    value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  const more: Fields = {};
  for (const name of namesOf(fields)) {
    const value = fields[name];
    // Never given up is something else than as configured.
    if (value === undefined || (isEmpty(value) && name !== 'autoDisableAfter')) continue;
    if (name === 'ordered' && value === false) continue;
    Object.assign(more, { [name]: value });
  }
  return { ...more, url: url ?? '', events: events ?? [] };
}

/** What somebody changed, and nothing else. */
export function changeOf(before: Draft, after: Draft): EndpointChange {
  const was = fieldsOf(before);
  const is = fieldsOf(after);
  const change: EndpointChange = {};
  for (const name of namesOf(is)) {
    const value = is[name];
    if (value === undefined) continue;
    const isSame =
      name === 'filter'
        ? before.filter.trim() === after.filter.trim()
        : JSON.stringify(was[name]) === JSON.stringify(value);
    if (!isSame) Object.assign(change, { [name]: value });
  }
  // A URL is read as its kind has it, so the API wants both.
  if (change.kind !== undefined) change.url ??= after.url.trim();
  return change;
}

function namesOf<T extends object>(value: T): (keyof T & string)[] {
  const names: (keyof T & string)[] = [];
  for (const name in value) names.push(name);
  return names;
}
