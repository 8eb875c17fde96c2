interface Sample {
  at: number;
  waiting: number;
}

const KEPT_MS = 120_000;
const LEAST_MS = 20_000;
const LEAST = 20;

/** Remembers how much waited, so that a backlog that grows can be told from one that is there. */
export class Growth {
  readonly #samples = new Map<string, Sample[]>();

  /** Notes how much waits now; true where it has grown for a while, by a tenth at least. */
  note(id: string, waiting: number, now: number): boolean {
    const kept = (this.#samples.get(id) ?? []).filter(({ at }) => now - at <= KEPT_MS);
    const first = kept[0];
    this.#samples.set(id, [...kept, { at: now, waiting }]);
    if (first === undefined || now - first.at < LEAST_MS) return false;
    return waiting - first.waiting >= Math.max(LEAST, first.waiting / 10);
  }
}
