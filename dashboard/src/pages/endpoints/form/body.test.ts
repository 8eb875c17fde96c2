import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../api/types';
import { bodyOf, changeOf, written } from './body';
import { draftOf, newDraft } from './draft';

const ENDPOINT: Endpoint = {
  id: 'ep_01h455vb4pex5vsknk084sn02q',
  tenantId: 'acme',
  name: 'Orders',
  url: 'https://example.com/hook',
  events: ['order.*'],
  channels: [],
  filter: { 'data.id': [1] },
  kind: 'http',
  userId: null,
  status: 'active',
  statusReason: null,
  customHeaders: { 'X-Env': 'prod' },
  rateLimitEnabled: true,
  maxRequestsPerMinute: 60,
  burst: 10,
  maxInFlight: 8,
  ordered: false,
  timeoutMs: 15_000,
  maxRetries: 3,
  retrySchedule: ['0s', '1m'],
  autoDisableAfter: 20,
  autoDisableMinDuration: '1h',
  signatures: ['v1'],
  publicKey: null,
  format: 'hookyard',
  template: null,
  templates: {},
  auth: 'bearer',
  headerPrefix: 'X-Webhook-',
  secretHint: 'b7oD',
  successCount: 0,
  failureCount: 0,
  consecutiveFailures: 0,
  queued: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  createdAt: '2026-01-02T03:04:05.678Z',
  updatedAt: '2026-01-02T03:04:05.678Z',
};

describe('a new endpoint', () => {
  const draft = { ...newDraft(), url: ' https://example.com/hook ', events: ['order.*'] };

  it('leaves to the configuration what nobody said', () => {
    expect(bodyOf(draft)).toEqual({
      url: 'https://example.com/hook',
      events: ['order.*'],
      kind: 'http',
      format: 'hookyard',
      signatures: ['v1'],
      headerPrefix: 'X-Webhook-',
    });
  });

  it('is never given up where that was chosen', () => {
    expect(bodyOf({ ...draft, giveUp: 'never' })).toHaveProperty('autoDisableAfter', null);
  });

  it('has nothing for Discord that is not Discord’s', () => {
    const body = bodyOf({ ...draft, kind: 'discord', secret: 'a secret of 16 characters', isV1a: true });
    for (const name of ['secret', 'signatures', 'format', 'headerPrefix'])
      expect(body).not.toHaveProperty(name);
  });

  it('has rates only with a limit', () => {
    expect(bodyOf({ ...draft, maxRequestsPerMinute: 5 })).not.toHaveProperty('maxRequestsPerMinute');
    expect(bodyOf({ ...draft, rate: 'on', maxRequestsPerMinute: 5 })).toMatchObject({
      rateLimitEnabled: true,
      maxRequestsPerMinute: 5,
    });
  });

  it('leaves empty rows out', () => {
    const headers = [
      { id: 0, name: '', value: '' },
      { id: 1, name: ' X-Env ', value: 'prod' },
    ];
    expect(bodyOf({ ...draft, headers }).customHeaders).toEqual({ 'X-Env': 'prod' });
  });
});

describe('a change', () => {
  const before = draftOf(ENDPOINT);

  it('is nothing where nothing was changed', () => {
    expect(changeOf(before, draftOf(ENDPOINT))).toEqual({});
  });

  it('has what was changed, and keeps credentials nobody touched', () => {
    expect(changeOf(before, { ...before, name: 'New', maxRetries: 5 })).toEqual({
      name: 'New',
      maxRetries: 5,
    });
    expect(changeOf(before, { ...before, auth: 'none' })).toEqual({ auth: null });
    expect(changeOf(before, { ...before, auth: 'bearer', bearer: 'x' })).toEqual({ auth: { bearer: 'x' } });
  });

  it('can take away what is there', () => {
    expect(changeOf(before, { ...before, filter: '', headers: [], giveUp: 'never' })).toEqual({
      filter: null,
      customHeaders: {},
      autoDisableAfter: null,
    });
    expect(changeOf(before, { ...before, rate: 'off' })).toEqual({ rateLimitEnabled: false });
  });

  it('sends the URL with another kind', () => {
    expect(changeOf(before, { ...before, kind: 'slack' })).toEqual({ kind: 'slack', url: ENDPOINT.url });
  });

  it('writes long numbers of a filter with all their digits', () => {
    const draft = { ...before, filter: '{"data.id": [9007199254740993]}' };
    expect(written(changeOf(before, draft), draft)).toBe('{"filter":{"data.id": [9007199254740993]}}');
  });
});
