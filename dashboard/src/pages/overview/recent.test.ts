import { expect, it } from 'vitest';
import type { StreamedAttempt } from '../../api/types';
import { RECENT_MOST, spoken, withNewest } from './recent';

const attempt = (number: number, outcome: StreamedAttempt['outcome'] = 'succeeded'): StreamedAttempt => ({
  deliveryId: 'dlv_1',
  eventId: 'e',
  webhookId: 'ep_1',
  event: 'order.paid',
  number,
  outcome,
  responseStatus: 200,
  durationMs: 1,
  error: null,
  verdict: 'delivered',
  status: 'success',
  nextAttemptAt: null,
  at: '2026-01-02T03:04:05.678Z',
});

it('keeps the newest first, each once, and only so many', () => {
  const shown = withNewest([attempt(2), attempt(1)], [attempt(3), attempt(2), attempt(4)]);
  expect(shown.map(({ number }) => number)).toEqual([4, 2, 3, 1]);
  const many = Array.from({ length: 50 }, (_, number) => attempt(number));
  expect(withNewest([], many)).toHaveLength(RECENT_MOST);
  expect(withNewest([], many)[0]?.number).toBe(49);
});

it('is spoken as a sum', () => {
  expect(spoken([attempt(1)])).toBe('1 new attempt, none failed');
  expect(spoken([attempt(1), attempt(2, 'timeout')])).toBe('2 new attempts, 1 failed');
});
