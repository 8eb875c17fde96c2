import { expect, test } from 'vitest';
import { endpointOptions, isLabelOf } from './endpoint-options';

const orders = { id: 'ep_000001', name: 'Orders' };

test('those that were found, told apart where their names do not differ', () => {
  expect(endpointOptions([orders, { id: 'ep_000002', name: 'Mail' }], undefined, undefined)).toEqual([
    { value: 'ep_000001', label: 'Orders' },
    { value: 'ep_000002', label: 'Mail' },
  ]);
  expect(endpointOptions([orders, { id: 'ep_000002', name: 'Orders' }], undefined, undefined)).toEqual([
    { value: 'ep_000001', label: 'Orders (…000001)' },
    { value: 'ep_000002', label: 'Orders (…000002)' },
  ]);
});

test('the chosen one is always there, once', () => {
  expect(endpointOptions([orders], 'ep_000001', orders)).toHaveLength(1);
  expect(endpointOptions([orders], 'ep_000009', { name: 'Old' })[0]).toEqual({
    value: 'ep_000009',
    label: 'Old',
  });
  expect(endpointOptions([], 'ep_000009', null)[0]?.label).toBe('Deleted endpoint (…000009)');
  expect(endpointOptions([], 'ep_000009', undefined)[0]?.label).toBe('ep_000009');
});

test('a name that would turn the order of characters around is shown as it is written', () => {
  expect(endpointOptions([{ id: 'ep_000001', name: '\u202Eeno' }], undefined, undefined)[0]?.label).toBe(
    '⟨U+202E⟩eno',
  );
});

test('what stands in the field once one is chosen is no search', () => {
  expect(isLabelOf('Orders', orders)).toBe(true);
  expect(isLabelOf('Orders (…000001)', orders)).toBe(true);
  expect(isLabelOf('Order', orders)).toBe(false);
});
