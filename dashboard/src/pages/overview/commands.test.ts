import { expect, it } from 'vitest';
import { commands } from './commands';

it('names the tenant only where the key does not', () => {
  expect(commands({ origin: 'http://h', tenant: null }).publish).toBe(
    `curl http://h/api/v1/events \\\n  -H "Authorization: Bearer $HOOKYARD_KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"event":"order.created","data":{"id":42}}'`,
  );
  expect(commands({ origin: 'http://h', tenant: 'acme' }).look).toContain(`-H 'X-Tenant-Id: acme'`);
});
