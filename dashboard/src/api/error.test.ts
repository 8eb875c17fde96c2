import { describe, expect, it } from 'vitest';
import { advice, isPassing } from './advice';
import { ApiError, asApiError, errorOfAnswer, isOfGateway, noAnswerInTime, unreachable } from './error';

const problem = {
  type: '/problems/invalid-request',
  title: 'The request is not valid',
  status: 422,
  detail: '2 fields are wrong',
  requestId: 'req-1',
  errors: [
    { pointer: '/url', detail: 'must be https' },
    { pointer: '/events/0', detail: 'has an empty token' },
    { pointer: '/url', detail: 'and not loopback' },
  ],
};

describe('errorOfAnswer', () => {
  it('reads problem details', () => {
    const error = errorOfAnswer(422, new Headers(), problem);
    expect(error).toMatchObject({
      slug: 'invalid-request',
      status: 422,
      requestId: 'req-1',
      isExplained: true,
    });
    expect(error.field('/url')).toBe('must be https');
    expect(error.field('/events')).toBe('has an empty token');
    expect(error.field('/name')).toBeUndefined();
    expect(error.fields).toEqual({ '/url': 'must be https', '/events/0': 'has an empty token' });
  });

  it('says what is no answer of Hookyard’s', () => {
    const error = errorOfAnswer(500, new Headers({ 'x-request-id': 'r' }), '<html>');
    expect(error).toMatchObject({ slug: 'not-understood', status: 500, requestId: 'r', isExplained: false });
    expect(errorOfAnswer(500, new Headers(), { type: 3 }).slug).toBe('not-understood');
    expect(errorOfAnswer(500, new Headers(), [problem]).slug).toBe('not-understood');
  });

  it('knows a proxy that answers while Hookyard is away', () => {
    const error = errorOfAnswer(502, new Headers(), '<html>');
    expect(error).toMatchObject({ slug: 'unreachable', status: 502, isExplained: false });
    expect(errorOfAnswer(503, new Headers(), problem).slug).toBe('invalid-request');
    const of = (status: number, type: string) =>
      isOfGateway({ status, headers: new Headers({ 'content-type': type }) });
    expect(of(502, 'text/html')).toBe(true);
    expect(of(503, 'application/problem+json')).toBe(false);
    expect(of(500, 'text/html')).toBe(false);
  });

  it('leaves out field errors that are none', () => {
    const errors = [null, 3, { pointer: '/a' }, { pointer: '/b', detail: 'wrong' }];
    expect(errorOfAnswer(422, new Headers(), { ...problem, errors }).errors).toEqual([
      { pointer: '/b', detail: 'wrong' },
    ]);
  });

  it('knows when to come again', () => {
    const error = errorOfAnswer(429, new Headers({ 'retry-after': '2' }), {
      ...problem,
      type: '/problems/rate-limited',
    });
    expect(error.retryAfterSeconds).toBe(2);
    expect(advice(error)).toBe('Try again in 2 seconds.');
    const dated = errorOfAnswer(
      429,
      new Headers({ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      problem,
    );
    expect(dated.retryAfterSeconds).toBeUndefined();
  });
});

describe('asApiError', () => {
  it('keeps what is one, and words what is none', () => {
    const error = unreachable();
    expect(asApiError(error)).toBe(error);
    expect(asApiError(new TypeError('x is undefined'))).toMatchObject({ detail: 'x is undefined' });
    expect(asApiError('gone')).toBeInstanceOf(ApiError);
    expect(asApiError(new DOMException('', 'TimeoutError')).slug).toBe('no-answer-in-time');
  });
});

describe('isPassing', () => {
  it.each([
    [400, false],
    [404, false],
    [429, true],
    [500, true],
    [503, true],
  ])('of status %i is %s', (status, passing) => {
    expect(isPassing(errorOfAnswer(status, new Headers(), undefined))).toBe(passing);
  });

  it('is true where nothing was answered', () => {
    expect(isPassing(noAnswerInTime(15))).toBe(true);
  });
});
