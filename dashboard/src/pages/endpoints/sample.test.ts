import { expect, it } from 'vitest';
import type { KnownType } from '../../api/types';
import { firstSample, PLAIN, withExample } from './sample';

const known = (event: string, example: unknown = null): KnownType => ({
  event,
  example,
  description: null,
  events: 0,
  firstSeenAt: null,
  lastSeenAt: null,
  describedAt: null,
});
const TYPES = [
  known('member.created', { name: 'Ada' }),
  known('order.created'),
  known('order.paid', { id: 7 }),
];

it('begins with a type that is wanted and has an example', () => {
  expect(firstSample(TYPES, ['order.*'])).toEqual({ event: 'order.paid', data: '{\n  "id": 7\n}' });
  expect(firstSample(TYPES, ['order.created'])).toEqual({ event: 'order.created', data: PLAIN.data });
  expect(firstSample(TYPES, ['other.>'])).toBe(PLAIN);
});

it('takes another type’s example, but not what was written by hand', () => {
  expect(withExample({ ...PLAIN, event: 'order.paid' }, TYPES).data).toBe('{\n  "id": 7\n}');
  expect(withExample({ event: 'order.paid', data: '1', isOwn: true }, TYPES)).toMatchObject({
    event: 'order.paid',
    data: '1',
  });
});
