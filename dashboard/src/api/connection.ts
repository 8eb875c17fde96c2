type Listener = () => void;

/** Whether Hookyard answers: every request tells, and the notice at the top of the page listens. */
class Connection {
  #isUp = true;
  readonly #listeners = new Set<Listener>();

  readonly isUp = (): boolean => this.#isUp;

  readonly subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  answered(): void {
    this.#set(true);
  }

  failed(): void {
    this.#set(false);
  }

  #set(isUp: boolean): void {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    for (const listener of this.#listeners) listener();
  }
}

export const connection = new Connection();
