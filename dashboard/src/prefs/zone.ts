export type Zone = 'local' | 'utc';

const KEY = 'hookyard.zone';
type Listener = () => void;

/** Whether exact times are shown as of here or in UTC. Kept in this browser. */
class ZoneStore {
  #zone: Zone = localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local';
  readonly #listeners = new Set<Listener>();

  readonly get = (): Zone => this.#zone;

  readonly subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(zone: Zone): void {
    this.#zone = zone;
    localStorage.setItem(KEY, zone);
    for (const listener of this.#listeners) listener();
  }
}

export const zoneStore = new ZoneStore();
