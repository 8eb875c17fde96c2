import { useSyncExternalStore } from 'react';

type Listener = () => void;

/** One clock for all that shows how long ago something was; it stands still while nobody looks. */
class Clock {
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<Listener>();

  readonly now = (): number => this.#now;

  readonly subscribe = (listener: Listener): Listener => {
    if (this.#listeners.size === 0) {
      this.#now = Date.now();
      this.#timer = setInterval(this.#tick, 1000);
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) clearInterval(this.#timer);
    };
  };

  readonly #tick = (): void => {
    if (document.hidden) return;
    this.#now = Date.now();
    for (const listener of this.#listeners) listener();
  };
}

const clock = new Clock();

/** A text made of the time; the component is drawn again only when the text changes. */
export function useTicking(text: (now: number) => string): string {
  return useSyncExternalStore(clock.subscribe, () => text(clock.now()));
}
