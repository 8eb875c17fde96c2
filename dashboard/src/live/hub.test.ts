import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamOptions } from '../api/stream';
import { attemptOf } from './attempt';
import { Hub } from './hub';
import { throttle } from './throttle';

const ATTEMPT = {
  deliveryId: 'dlv_1',
  eventId: 'e',
  webhookId: 'ep_1',
  event: 'order.paid',
  number: 1,
  outcome: 'succeeded',
  responseStatus: 200,
  durationMs: 3,
  error: null,
  verdict: 'delivered',
  status: 'success',
  nextAttemptAt: null,
  at: '2026-01-02T03:04:05.678Z',
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function hub() {
  const started: StreamOptions[] = [];
  const made = new Hub(
    { key: 'k', tenant: 't' },
    () => undefined,
    async (options) => {
      started.push(options);
    },
  );
  return { made, started };
}

describe('Hub', () => {
  it('opens one stream for all who listen', () => {
    const { made, started } = hub();
    const heard: string[] = [];
    made.listen({ onAttempt: ({ deliveryId }) => heard.push(`a ${deliveryId}`) });
    made.listen({ onAttempt: ({ deliveryId }) => heard.push(`b ${deliveryId}`) });
    expect(started).toHaveLength(1);
    expect(started[0]?.headers()).toEqual({ Authorization: 'Bearer k', 'X-Tenant-Id': 't' });
    started[0]?.onEvent({ event: 'attempt', data: JSON.stringify(ATTEMPT), id: '' });
    started[0]?.onEvent({ event: 'attempt', data: '{"no":"attempt"}', id: '' });
    expect(heard).toEqual(['a dlv_1', 'b dlv_1']);
  });

  it('says when something may have been missed', () => {
    const { made, started } = hub();
    let gaps = 0;
    made.listen({ onGap: () => gaps++ });
    started[0]?.onEvent({ event: 'lost', data: '{"attempts":3}', id: '' });
    started[0]?.onReopen?.();
    expect(gaps).toBe(2);
  });

  it('closes a while after the last has gone, and not between two pages', () => {
    const { made, started } = hub();
    const leave = made.listen({});
    leave();
    vi.advanceTimersByTime(1900);
    const leaveAgain = made.listen({});
    vi.advanceTimersByTime(5000);
    expect(started[0]?.signal.aborted).toBe(false);
    leaveAgain();
    vi.advanceTimersByTime(2000);
    expect(started[0]?.signal.aborted).toBe(true);
    expect(made.state).toBe('off');
    made.listen({});
    expect(started).toHaveLength(2);
  });

  it('hears nothing more from a stream that is closed', () => {
    const { made, started } = hub();
    made.listen({});
    made.close();
    started[0]?.onState?.('open');
    expect(made.state).toBe('off');
  });
});

it('takes for an attempt only what is one', () => {
  expect(attemptOf(JSON.stringify(ATTEMPT))).toEqual(ATTEMPT);
  expect(attemptOf('{')).toBeUndefined();
  expect(attemptOf('null')).toBeUndefined();
  expect(attemptOf(JSON.stringify({ ...ATTEMPT, number: '1' }))).toBeUndefined();
});

describe('throttle', () => {
  it('calls at once, then once for all that came meanwhile', () => {
    const call = vi.fn();
    const { run, cancel } = throttle(call, 1000);
    run();
    run();
    run();
    expect(call).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(call).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    run();
    expect(call).toHaveBeenCalledTimes(3);
    run();
    cancel();
    vi.advanceTimersByTime(5000);
    expect(call).toHaveBeenCalledTimes(3);
  });
});
