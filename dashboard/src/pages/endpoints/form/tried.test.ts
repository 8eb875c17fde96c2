import { expect, test } from 'vitest';
import { tried } from './tried';

const choice = { events: ['order.>'], channels: [], filter: '' };

test('what was typed goes as it was typed', () => {
  const filter = ' {"data.id": [12345678901234567890.10]}\n';
  const sent = tried({ ...choice, filter }, { event: 'order.paid', channels: ['x'], data: '{"id": 1e999}' });
  expect(sent).toBe(
    '{"webhook":{"events":["order.>"],"channels":[],"filter":{"data.id": [12345678901234567890.10]}},' +
      '"event":{"event":"order.paid","data":{"id": 1e999}}}',
  );
});

test('channels of the event count where the endpoint lists some', () => {
  const sent: unknown = JSON.parse(
    tried({ ...choice, channels: ['emea'] }, { event: 'order.paid', channels: ['vip'], data: '1' }),
  );
  expect(sent).toEqual({
    webhook: { events: ['order.>'], channels: ['emea'] },
    event: { event: 'order.paid', channels: ['vip'], data: 1 },
  });
});
