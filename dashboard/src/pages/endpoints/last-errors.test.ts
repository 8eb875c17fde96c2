import { expect, it } from 'vitest';
import type { Delivery } from '../../api/types';
import { lastErrors } from './last-errors';

const delivery = (change: Partial<Delivery>): Delivery => ({
  id: 'dlv_1',
  eventId: 'evt_1',
  webhookId: 'ep_1',
  event: 'order.paid',
  status: 'retrying',
  attemptCount: 1,
  responseStatus: null,
  error: null,
  deadReason: null,
  createdAt: '2026-01-02T03:04:05.000Z',
  updatedAt: '2026-01-02T03:04:05.000Z',
  nextAttemptAt: null,
  deliveredAt: null,
  ...change,
});

it('has the error of each endpoint that was written last', () => {
  const errors = lastErrors([
    delivery({ error: 'old' }),
    delivery({ error: 'new', updatedAt: '2026-01-02T03:05:00.000Z' }),
    delivery({ webhookId: 'ep_2', responseStatus: 500 }),
    delivery({ webhookId: 'ep_3' }),
  ]);
  expect([...errors]).toEqual([
    ['ep_1', 'new'],
    ['ep_2', 'it answered 500'],
  ]);
});
