import { expect, it } from 'vitest';
import { draftOf, EMPTY, faults, hmacAsked } from './draft';
import { sourceUrl } from './kind';

it('wants a name, a rate, and no short secret', () => {
  expect(faults({ ...EMPTY, name: 'x' })).toEqual({});
  expect(Object.keys(faults({ ...EMPTY, secret: 'short', perMinute: '0' }))).toEqual([
    'name',
    'secret',
    'perMinute',
  ]);
});

it('wants to know of an HMAC where it is and what type the events have', () => {
  const hmac = { ...EMPTY, kind: 'generic-hmac', name: 'x' } as const;
  expect(Object.keys(faults(hmac))).toEqual(['header', 'fallbackType']);
  const good = { ...hmac, header: 'X-Sig', type: { kind: 'header', at: 'X-Topic' } } as const;
  expect(faults(good)).toEqual({});
  expect(faults({ ...good, id: { kind: 'pointer', at: 'order/id' } })).toEqual({
    id: 'A JSON pointer, as /order/id.',
  });
  expect(hmacAsked({ ...good, id: { kind: 'pointer', at: '/order/id' } })).toEqual({
    header: 'X-Sig',
    encoding: 'hex',
    prefix: '',
    type: { header: 'X-Topic' },
    fallbackType: null,
    id: { pointer: '/order/id' },
  });
  expect(hmacAsked(EMPTY)).toBeUndefined();
});

it('types what there is', () => {
  const draft = draftOf({
    id: 'src_1',
    tenantId: 'acme',
    name: 'Shop',
    kind: 'generic-hmac',
    url: '/api/v1/inbound/src_1',
    perMinute: 7,
    hmac: {
      header: 'X-Sig',
      encoding: 'base64',
      prefix: '',
      type: null,
      fallbackType: 'shop.other',
      id: { pointer: '/id' },
    },
    secretHint: 'abcd',
    createdAt: '',
    updatedAt: '',
  });
  expect(draft).toMatchObject({
    perMinute: '7',
    fallbackType: 'shop.other',
    id: { kind: 'pointer', at: '/id' },
  });
  expect(faults(draft)).toEqual({});
});

it('knows whether a URL is the whole of it', () => {
  expect(sourceUrl('/api/v1/inbound/x', 'http://h')).toEqual({
    url: 'http://h/api/v1/inbound/x',
    isGuessed: true,
  });
  expect(sourceUrl('https://a/x', 'http://h')).toEqual({ url: 'https://a/x', isGuessed: false });
});
