import { createApiClient, take } from '../api/client';
import { type ApiError, asApiError } from '../api/error';
import type { Permission, WhoAmI } from '../api/types';

/** Why somebody is asked to sign in who was signed in before. */
export type EndReason = 'signed-out' | 'key-refused';

export type Session =
  | { state: 'out'; reason: EndReason | null }
  /** A key is kept, and whose it is is being asked. */
  | { state: 'checking' }
  /** There is a key, and nobody who could say whose. */
  | { state: 'failed'; error: ApiError }
  | { state: 'in'; key: string; who: WhoAmI };

const KEY = 'hookyard.key';

type Listener = () => void;

/** Where the key is: in this tab's session storage, and in no cookie. */
class SessionStore {
  #session: Session;
  readonly #listeners = new Set<Listener>();

  constructor() {
    this.#session = readKey() === null ? { state: 'out', reason: null } : { state: 'checking' };
  }

  readonly get = (): Session => this.#session;

  readonly subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks whose the kept key is, after a reload. */
  async resume(): Promise<void> {
    const key = readKey();
    if (key === null) return this.#set({ state: 'out', reason: null });
    this.#set({ state: 'checking' });
    try {
      const who = await askWho(key);
      this.#set({ state: 'in', key, who });
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.status === 401) this.end('key-refused');
      else this.#set({ state: 'failed', error });
    }
  }

  /** Signs in with a key; throws an ApiError and changes nothing where it is refused. */
  async signIn(key: string): Promise<WhoAmI> {
    const who = await askWho(key);
    sessionStorage.setItem(KEY, key);
    this.#set({ state: 'in', key, who });
    return who;
  }

  /** Forgets the key. */
  end(reason: EndReason): void {
    sessionStorage.removeItem(KEY);
    this.#set({ state: 'out', reason });
  }

  #set(session: Session): void {
    this.#session = session;
    for (const listener of this.#listeners) listener();
  }
}

function readKey(): string | null {
  return sessionStorage.getItem(KEY);
}

async function askWho(key: string): Promise<WhoAmI> {
  return take(createApiClient({ key, tenant: null }).GET('/api/v1/whoami'));
}

export function may(session: Session, permission: Permission): boolean {
  return session.state === 'in' && session.who.permissions.includes(permission);
}

export const session = new SessionStore();
