import type { IncomingMessage, ServerResponse } from 'node:http';
import { OPERATOR_KEY } from './node';

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  operator: ['read', 'publish', 'write', 'audit', 'manage-keys', 'manage-tenants'],
  admin: ['read', 'publish', 'write', 'audit', 'manage-keys'],
  editor: ['read', 'publish', 'write'],
  producer: ['publish'],
  viewer: ['read'],
};

interface Key {
  id: string;
  name: string;
  role: string;
  tenantId: string | null;
  prefix: string;
}

/** Answers for a program that has no /whoami yet; one that has answers itself. Goes with the last such program. */
export class WhoAmI {
  readonly #api: string;

  constructor(api: string) {
    this.#api = api;
  }

  async answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const authorization = asked.headers.authorization ?? '';
    const real = await fetch(`${this.#api}/api/v1/whoami`, { headers: { authorization } });
    const body = real.status === 404 ? await this.#made(authorization.slice(7)) : undefined;
    answer.statusCode = body === undefined ? real.status : 200;
    answer.setHeader(
      'Content-Type',
      body === undefined ? (real.headers.get('content-type') ?? '') : 'application/json',
    );
    answer.end(body === undefined ? await real.text() : JSON.stringify(body));
  }

  async #made(key: string): Promise<unknown> {
    if (key === OPERATOR_KEY)
      return who({ id: 'key_operator', name: 'operator', role: 'operator', tenantId: null });
    const keys = await fetch(`${this.#api}/api/v1/keys?limit=250`, {
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
    });
    const { items }: { items: Key[] } = JSON.parse(await keys.text());
    const found = items.find((one) => key.startsWith(one.prefix));
    return found ? who(found) : undefined;
  }
}

function who({ id, name, role, tenantId }: Omit<Key, 'prefix'>) {
  return { keyId: id, keyName: name, role, tenantId, permissions: PERMISSIONS[role] ?? [], version: '0.1.0' };
}
