import { expect, test } from 'vitest';
import { find } from './find';

const ULID = '01h455vb4pex5vsknk084sn02q';

test('ids are told by their form', () => {
  expect(find(` dlv_${ULID}${ULID} `)).toEqual({ noun: 'delivery', id: `dlv_${ULID}${ULID}` });
  expect(find(`ep_${ULID}`)).toEqual({ noun: 'endpoint', id: `ep_${ULID}` });
  expect(find(`rpl_${ULID}`)).toEqual({ noun: 'replay', id: `rpl_${ULID}` });
  expect(find(`evt_${ULID}`)).toEqual({ noun: 'event', id: `evt_${ULID}` });
});

test('what is none of ours may be a producer’s', () => {
  expect(find('order-42/paid?')).toEqual({ noun: 'event', id: 'order-42/paid?' });
  expect(find(`dlv_${ULID}`)).toEqual({ noun: 'event', id: `dlv_${ULID}` });
});

test('what can be no id is none', () => {
  for (const text of ['', '   ', 'ä', 'a\nb', 'x'.repeat(201), '.', '..']) expect(find(text)).toBeUndefined();
});
