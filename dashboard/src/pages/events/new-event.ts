import { jsonFault } from './json-fault';
import { isEventType } from './pattern';

/** What somebody has typed to publish. */
export interface Draft {
  event: string;
  /** JSON, sent as it is written. */
  data: string;
  eventId: string;
  channels: readonly string[];
  deliverAt: string | undefined;
  expiresAt: string | undefined;
}

export type Faults = Partial<Record<keyof Draft, string>>;

export const EMPTY: Draft = {
  event: '',
  data: '{}',
  eventId: '',
  channels: [],
  deliverAt: undefined,
  expiresAt: undefined,
};

const CHANNEL = /^[A-Za-z0-9_.-]{1,64}$/;

/** What is wrong, field by field, before the API is asked. */
export function faults(draft: Draft, now: number): Faults {
  const found: Faults = {};
  if (draft.event === '') found.event = 'Say what happened, as order.paid.';
  else if (!isEventType(draft.event))
    found.event = 'Tokens of letters, digits, _ and - with dots between, 200 characters at most.';
  const wrong = jsonFault(draft.data);
  if (wrong !== undefined) found.data = wrong;
  if (draft.eventId !== '' && !/^[ -~]{1,200}$/.test(draft.eventId))
    found.eventId = 'Printable ASCII, 200 characters at most.';
  const channel = draft.channels.find((name) => !CHANNEL.test(name));
  if (channel !== undefined) found.channels = 'A channel has 1 to 64 letters, digits, “_”, “-” and “.”.';
  else if (draft.channels.length > 10) found.channels = 'Ten channels at most.';
  const expires = draft.expiresAt === undefined ? Number.NaN : Date.parse(draft.expiresAt);
  const delivers = draft.deliverAt === undefined ? now : Math.max(now, Date.parse(draft.deliverAt));
  if (expires <= delivers) found.expiresAt = 'It would have expired before it is sent: choose a later time.';
  return found;
}

/** The request's body. The payload is put in as it was written: numbers keep all their digits. */
export function bodyOf(draft: Draft & { timestamp?: string }): string {
  const { event, data, eventId, channels, deliverAt, expiresAt, timestamp } = draft;
  const rest = JSON.stringify({
    event,
    ...(eventId === '' ? {} : { eventId }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(channels.length === 0 ? {} : { channels }),
    ...(deliverAt === undefined ? {} : { deliverAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  return `${rest.slice(0, -1)},"data":${data.trim()}}`;
}

/** The same from a terminal; the host and the key are left to be filled in. */
export function exampleCommand(origin: string, tenant: string): string {
  return `curl ${origin}/api/v1/events \\
  -H "Authorization: Bearer $HOOKYARD_KEY" -H 'X-Tenant-Id: ${tenant}' \\
  -H 'Content-Type: application/json' \\
  -d '{"event":"order.paid","data":{"order":42}}'`;
}
