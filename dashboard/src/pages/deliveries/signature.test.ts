import { expect, test } from 'vitest';
import { isAmong, keyOf, sign } from './signature';

// https://github.com/standard-webhooks/standard-webhooks: the vector of its libraries' tests.
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

async function signatureOf(secret: string, body = VECTOR.body): Promise<string> {
  const key = keyOf(secret);
  if (!('bytes' in key)) throw new Error(key.fault);
  return sign(key.bytes, { ...VECTOR, body });
}

test('signs as Standard Webhooks has it', async () => {
  expect(await signatureOf(VECTOR.secret)).toBe(VECTOR.signature);
  expect(await signatureOf(`  ${VECTOR.secret}\n`)).toBe(VECTOR.signature);
});

test('another body, or another secret, has another signature', async () => {
  expect(await signatureOf(VECTOR.secret, `${VECTOR.body} `)).not.toBe(VECTOR.signature);
  expect(await signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx')).not.toBe(VECTOR.signature);
});

test('a plain secret is its bytes', async () => {
  // printf '%s' 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac 'open sesame, please' -binary | base64
  expect(await signatureOf('open sesame, please')).toBe('v1,wq31XQtj+IwKmdFSUyJXkdE/WYiFw6eyiyX0FsXict4=');
});

test('what is no secret is said to be none', () => {
  expect(keyOf('  ')).toHaveProperty('fault');
  expect(keyOf('whsec_')).toHaveProperty('fault');
  expect(keyOf('whsec_not base64!')).toHaveProperty('fault');
});

test('one of several is enough, as a whole', () => {
  const header = `v1,AAAA= ${VECTOR.signature} v1a,BBBB`;
  expect(isAmong(header, VECTOR.signature)).toBe(true);
  expect(isAmong(header, 'v1,AAAA')).toBe(false);
  expect(isAmong('', VECTOR.signature)).toBe(false);
});
