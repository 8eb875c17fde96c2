import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { VERIFY } from './verify-snippets';

const SECRET = `whsec_${Buffer.from('a key of the length of 32 bytes!').toString('base64')}`;

function signed(body: string, seconds = Math.floor(Date.now() / 1000), secret = SECRET) {
  const key = Buffer.from(secret.slice(6), 'base64');
  const code = createHmac('sha256', key).update(`dlv_1.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': 'dlv_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,AAAA v1,${code}`,
  };
}

it('Node’s verifies, and refuses what is forged, changed or old', async () => {
  const text = VERIFY.find(({ name }) => name === 'Node')?.text ?? '';
  process.env.WEBHOOK_SECRET = SECRET;
  const { isReal }: { isReal: (headers: Record<string, string>, body: string) => boolean } = await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`
  );
  expect(isReal(signed('{}'), '{}')).toBe(true);
  expect(isReal(signed('{}'), '{ }')).toBe(false);
  expect(isReal(signed('{}', 1_000_000_000), '{}')).toBe(false);
  expect(isReal({}, '{}')).toBe(false);
  expect(isReal(signed('{}', undefined, 'whsec_AAAA'), '{}')).toBe(false);
});
