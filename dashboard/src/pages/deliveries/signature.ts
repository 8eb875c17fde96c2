/** Signatures as Standard Webhooks has them: HMAC-SHA256 over id.timestamp.body, in base64 behind `v1,`. */
export interface Signed {
  id: string;
  timestamp: string;
  body: string;
}

export type SecretKey = { bytes: Uint8Array<ArrayBuffer> } | { fault: string };

/** The key that a secret stands for: what is behind `whsec_` decoded, or a plain text's bytes. */
export function keyOf(secret: string): SecretKey {
  const text = secret.trim();
  if (text === '') return { fault: 'Paste the endpoint’s signing secret.' };
  if (!text.startsWith('whsec_')) return { bytes: new TextEncoder().encode(text) };
  const bytes = fromBase64(text.slice('whsec_'.length));
  if (bytes === undefined || bytes.length === 0)
    return { fault: 'What follows whsec_ is no base64: copy the whole secret.' };
  return { bytes };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function toBase64(bytes: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''));
}

/** The signature, with its `v1,`. Throws where the browser has no WebCrypto: pages over plain http. */
export async function sign(
  key: Uint8Array<ArrayBuffer>,
  { id, timestamp, body }: Signed,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<string> {
  const hmac = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await subtle.sign('HMAC', hmac, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return `v1,${toBase64(signature)}`;
}

/** Whether it is one of those that a `webhook-signature` header has: several stand there while secrets overlap. */
export function isAmong(header: string, signature: string): boolean {
  return header.split(' ').includes(signature);
}
