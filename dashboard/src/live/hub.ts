import { follow, type StreamState } from '../api/stream';
import type { StreamedAttempt } from '../api/types';
import { attemptOf } from './attempt';

export type LiveState = StreamState | 'off';

export interface Listener {
  onAttempt?: ((attempt: StreamedAttempt) => void) | undefined;
  /** Something may have been missed: what is shown should be asked for anew. */
  onGap?: (() => void) | undefined;
  onState?: ((state: LiveState) => void) | undefined;
}

export interface Source {
  key: string;
  tenant: string;
}

type Follow = typeof follow;

/** Idle this long before it is closed: going from page to page keeps the stream. */
const LINGER_MS = 2000;

/**
 * One stream of a tenant's attempts for all of this tab that listens: a key may have only so many. Opened with the first
 * listener and closed a little after the last.
 */
export class Hub {
  readonly #source: Source;
  readonly #onUnauthorized: () => void;
  readonly #follow: Follow;
  readonly #listeners = new Set<Listener>();
  #stop: AbortController | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #state: LiveState = 'off';

  constructor(source: Source, onUnauthorized: () => void, start: Follow = follow) {
    this.#source = source;
    this.#onUnauthorized = onUnauthorized;
    this.#follow = start;
  }

  get state(): LiveState {
    return this.#state;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    clearTimeout(this.#lingering);
    if (!this.#stop) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#lingering = setTimeout(() => this.close(), LINGER_MS);
    };
  }

  close(): void {
    clearTimeout(this.#lingering);
    this.#stop?.abort();
    this.#stop = undefined;
    this.#set('off');
  }

  #start(): void {
    const stop = new AbortController();
    this.#stop = stop;
    const { key, tenant } = this.#source;
    const gap = () => this.#each((listener) => listener.onGap?.());
    void this.#follow({
      url: '/api/v1/stream',
      headers: () => ({ Authorization: `Bearer ${key}`, 'X-Tenant-Id': tenant }),
      signal: stop.signal,
      onUnauthorized: this.#onUnauthorized,
      onReopen: gap,
      onState: (state) => {
        if (this.#stop === stop) this.#set(state);
      },
      onEvent: ({ event, data }) => {
        if (event === 'lost') return gap();
        const attempt = event === 'attempt' ? attemptOf(data) : undefined;
        if (attempt) this.#each((listener) => listener.onAttempt?.(attempt));
      },
    });
  }

  #set(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#each((listener) => listener.onState?.(state));
  }

  #each(tell: (listener: Listener) => void): void {
    for (const listener of [...this.#listeners]) tell(listener);
  }
}
