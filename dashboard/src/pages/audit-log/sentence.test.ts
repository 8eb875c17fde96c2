import { expect, it } from 'vitest';
import { ACTIONS, actionText, sentence, subjectPath } from './sentence';

it('reads as a sentence', () => {
  expect(sentence({ action: 'endpoint.changed', subject: 'ep_1', changed: ['status', 'url'] })).toEqual({
    did: 'changed the endpoint',
    subject: 'ep_1',
    more: ': status and url',
  });
  expect(sentence({ action: 'config.reloaded', subject: 'config', changed: [] }).subject).toBeNull();
  expect(actionText('event_type.described')).toBe('Event type: described');
  expect(ACTIONS).toHaveLength(22);
});

it('leads to what it is about, unless that is gone', () => {
  const of = (action: (typeof ACTIONS)[number], subject: string, tenantId: string | null = 'acme') =>
    subjectPath({ action, subject, tenantId }, 'here');
  expect(of('endpoint.created', 'ep_1')).toBe('/t/acme/endpoints/ep_1');
  expect(of('endpoint.deleted', 'ep_1')).toBeNull();
  expect(of('secret.rotated', 'src_1')).toBe('/t/acme/sources');
  expect(of('secret.rotated', 'ep_1')).toBe('/t/acme/endpoints/ep_1');
  expect(of('tenant.created', 'acme')).toBe('/t/acme/overview');
  expect(of('key.created', 'key_1', null)).toBe('/t/here/keys?whole=true');
  expect(of('event.cancelled', 'a/../b?x')).toBe('/t/acme/events/a%2F..%2Fb%3Fx');
  expect(of('actor.killed', 'recorder', null)).toBeNull();
});
