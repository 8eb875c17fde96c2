import type { Endpoint, EndpointKind, PayloadFormat, RetrySchedule } from '../../../api/schema';
import { WAITS } from './usual';

/** A number while it is typed. Empty: for a new endpoint, as this Hookyard is configured. */
export type Typed = number | '';

export interface HeaderRow {
  id: number;
  name: string;
  value: string;
}

export interface TemplateRow {
  id: number;
  pattern: string;
  template: string;
}

/** What the form holds: texts as they are typed, right or not yet. */
export interface Draft {
  name: string;
  url: string;
  kind: EndpointKind;
  events: string[];
  channels: string[];
  userId: string;
  filter: string;
  secret: string;
  headers: HeaderRow[];
  /** `keep`: the credentials that it has, which are never shown. */
  auth: 'none' | 'keep' | 'bearer' | 'basic';
  bearer: string;
  username: string;
  password: string;
  format: PayloadFormat;
  isV1: boolean;
  isV1a: boolean;
  headerPrefix: string;
  timeoutMs: Typed;
  rate: 'default' | 'off' | 'on';
  maxRequestsPerMinute: Typed;
  burst: Typed;
  maxInFlight: Typed;
  ordered: boolean;
  maxRetries: Typed;
  schedule: 'default' | 'listed' | 'growing';
  waits: string[];
  initial: string;
  factor: Typed;
  max: string;
  jitter: Typed;
  giveUp: 'default' | 'after' | 'never';
  autoDisableAfter: Typed;
  autoDisableMinDuration: string;
  template: string;
  templates: TemplateRow[];
}

const GROWING = { initial: '5s', factor: 4, max: '10h', jitter: 0.2 } as const;

export function newDraft(): Draft {
  return {
    name: '',
    url: '',
    kind: 'http',
    events: [],
    channels: [],
    userId: '',
    filter: '',
    secret: '',
    headers: [],
    auth: 'none',
    bearer: '',
    username: '',
    password: '',
    format: 'hookyard',
    isV1: true,
    isV1a: false,
    headerPrefix: 'X-Webhook-',
    timeoutMs: '',
    rate: 'default',
    maxRequestsPerMinute: '',
    burst: '',
    maxInFlight: '',
    ordered: false,
    maxRetries: '',
    schedule: 'default',
    waits: [...WAITS],
    ...GROWING,
    giveUp: 'default',
    autoDisableAfter: '',
    autoDisableMinDuration: '',
    template: '',
    templates: [],
  };
}

/** The form of an endpoint as it is set. */
export function draftOf(endpoint: Endpoint): Draft {
  return {
    ...newDraft(),
    ...scheduleOf(endpoint.retrySchedule),
    name: endpoint.name,
    url: endpoint.url,
    kind: endpoint.kind,
    events: [...endpoint.events],
    channels: [...endpoint.channels],
    userId: endpoint.userId ?? '',
    filter: endpoint.filter === null ? '' : JSON.stringify(endpoint.filter, null, 2),
    headers: Object.entries(endpoint.customHeaders).map(([name, value], id) => ({ id, name, value })),
    auth: endpoint.auth === null ? 'none' : 'keep',
    format: endpoint.format,
    isV1: endpoint.signatures.includes('v1'),
    isV1a: endpoint.signatures.includes('v1a'),
    headerPrefix: endpoint.headerPrefix,
    timeoutMs: endpoint.timeoutMs,
    rate: endpoint.rateLimitEnabled ? 'on' : 'off',
    maxRequestsPerMinute: endpoint.maxRequestsPerMinute,
    burst: endpoint.burst,
    maxInFlight: endpoint.maxInFlight,
    ordered: endpoint.ordered,
    maxRetries: endpoint.maxRetries,
    giveUp: endpoint.autoDisableAfter === null ? 'never' : 'after',
    autoDisableAfter: endpoint.autoDisableAfter ?? '',
    autoDisableMinDuration: endpoint.autoDisableMinDuration,
    template: endpoint.template ?? '',
    templates: Object.entries(endpoint.templates).map(([pattern, template], id) => ({
      id,
      pattern,
      template,
    })),
  };
}

function scheduleOf(schedule: RetrySchedule): Partial<Draft> {
  if (Array.isArray(schedule)) return { schedule: 'listed', waits: [...schedule] };
  return { schedule: 'growing', ...schedule };
}

/** The schedule that the form means; undefined while it cannot be read as one. */
export function scheduleIn(draft: Draft): RetrySchedule | undefined {
  if (draft.schedule === 'default') return undefined;
  if (draft.schedule === 'listed') return draft.waits.map((wait) => wait.trim());
  const { initial, factor, max, jitter } = draft;
  if (factor === '' || jitter === '') return undefined;
  return { initial: initial.trim(), factor, max: max.trim(), jitter };
}

/** For a row that is added: none of the others has this id. */
export function nextId(rows: readonly { id: number }[]): number {
  return 1 + Math.max(0, ...rows.map(({ id }) => id));
}
