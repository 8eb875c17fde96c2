import { expect, it } from 'vitest';
import { EMPTY, faults, limitsOf } from './draft';

it('takes an id of its letters, and none', () => {
  const named = { ...EMPTY, name: 'Acme' };
  expect(faults(named, true)).toEqual({});
  expect(faults({ ...named, id: 'acme_2-x' }, true)).toEqual({});
  expect(faults({ ...named, id: 'Acme' }, true).id).toBeDefined();
  expect(faults({ ...named, id: 'a'.repeat(64) }, true).id).toBeDefined();
  expect(faults({ ...named, id: 'Acme' }, false)).toEqual({});
});

it('takes limits that are whole numbers, and none', () => {
  expect(faults({ ...EMPTY, name: ' ' }, true).name).toBeDefined();
  expect(
    Object.keys(faults({ ...EMPTY, name: 'a', rate: '0', endpoints: '1.5', perUser: '-1' }, true)),
  ).toEqual(['rate', 'endpoints', 'perUser']);
  expect(limitsOf({ ...EMPTY, rate: ' 10 ', endpoints: '0' })).toEqual({
    maxDeliveriesPerSecond: 10,
    maxEndpoints: 0,
    maxEndpointsPerUser: null,
  });
});
