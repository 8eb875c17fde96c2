import { expect, it } from 'vitest';
import { isTyped } from './typed-name';

it('wants all of the name', () => {
  expect(isTyped('Orders', 'Orders')).toBe(true);
  expect(isTyped('Order', 'Orders')).toBe(false);
  expect(isTyped('orders', 'Orders')).toBe(false);
  expect(isTyped('', 'Orders')).toBe(false);
});

it('takes a name as it is shown, where it cannot be typed as it is', () => {
  expect(isTyped('⟨U+202E⟩sredro', '\u202Esredro')).toBe(true);
  expect(isTyped('\u202Esredro', '\u202Esredro')).toBe(true);
  expect(isTyped('sredro', '\u202Esredro')).toBe(false);
  expect(isTyped('Orders of May', 'Orders  of May ')).toBe(true);
});
