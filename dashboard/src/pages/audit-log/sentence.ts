import type { AuditEntry } from '../../api/types';
import { list } from '../../ui/format';

export type Action = AuditEntry['action'];

/** What was done, as it is read after who did it. */
const DID: Readonly<Record<Action, string>> = {
  'endpoint.created': 'made the endpoint',
  'endpoint.changed': 'changed the endpoint',
  'endpoint.deleted': 'deleted the endpoint',
  'endpoint.failed': 'gave up the endpoint',
  'secret.rotated': 'rotated the secret of',
  'key.created': 'made the key',
  'key.changed': 'changed the key',
  'key.deleted': 'revoked the key',
  'tenant.created': 'made the tenant',
  'tenant.changed': 'changed the tenant',
  'tenant.deleted': 'deleted the tenant',
  'replay.created': 'began the replay',
  'replay.cancelled': 'ended the replay',
  'delivery.retried': 'retried the delivery',
  'event.cancelled': 'cancelled the event',
  'event_type.described': 'described the event type',
  'event_type.deleted': 'forgot the event type',
  'actor.killed': 'killed the actor',
  'source.created': 'made the source',
  'source.changed': 'changed the source',
  'source.deleted': 'deleted the source',
  'config.reloaded': 'had the configuration read again',
};

const isAction = (name: string): name is Action => name in DID;

export const ACTIONS: readonly Action[] = Object.keys(DID).filter(isAction);

/** For the filter: "Endpoint: created". */
export function actionText(action: Action): string {
  const [noun = '', verb = ''] = action.split('.');
  const words = noun.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${verb}`;
}

export interface Sentence {
  /** "made the endpoint" */
  did: string;
  /** What it was done to; absent where the sentence needs none. */
  subject: string | null;
  /** ", its status and url" */
  more: string;
}

export function sentence({
  action,
  subject,
  changed,
}: Pick<AuditEntry, 'action' | 'subject' | 'changed'>): Sentence {
  const more = changed.length === 0 ? '' : `: ${list(changed)}`;
  return {
    did: DID[action] ?? action,
    subject: action === 'config.reloaded' ? null : subject,
    more,
  };
}

const IS_GONE: readonly string[] = ['endpoint.deleted', 'key.deleted', 'tenant.deleted', 'source.deleted'];

/** Where what it is about can be seen; null for what is gone, or has no page. */
export function subjectPath(
  { action, subject, tenantId }: Pick<AuditEntry, 'action' | 'subject' | 'tenantId'>,
  here: string,
): string | null {
  if (IS_GONE.includes(action)) return null;
  const id = encodeURIComponent(subject);
  const of = `/t/${tenantId ?? here}`;
  const noun =
    action === 'secret.rotated' ? (subject.startsWith('src_') ? 'source' : 'endpoint') : action.split('.')[0];
  switch (noun) {
    case 'endpoint':
      return `${of}/endpoints/${id}`;
    case 'source':
      return `${of}/sources`;
    case 'key':
      return tenantId === null ? `${of}/keys?whole=true` : `${of}/keys`;
    case 'tenant':
      return `/t/${id}/overview`;
    case 'replay':
      return `${of}/replays/${id}`;
    case 'delivery':
      return `${of}/deliveries/${id}`;
    case 'event':
      return `${of}/events/${id}`;
    case 'event_type':
      return `${of}/event-types?type=${id}`;
    case 'config':
      return '/system';
    default:
      return null;
  }
}
