/** Cursors go forward only: what came before which one is remembered as somebody walks. */
export class Trail {
  readonly #before = new Map<string, string>();

  /** Somebody went from the page of `from` (empty: the first) to that of `to`. */
  walked(from: string, to: string): void {
    if (from !== to) this.#before.set(to, from);
  }

  /** The cursor of the page before; undefined where nobody came from one, as after a reload. */
  before(cursor: string): string | undefined {
    return this.#before.get(cursor);
  }
}

/** Of this tab, over all lists: cursors differ from each other. */
export const trail = new Trail();

export interface Paged {
  /** Of this page; empty for the first. */
  cursor: string;
  /** Of the page behind it; null on the last. */
  nextCursor: string | null;
}

export interface Steps {
  newest: string | null;
  newer: string | null;
  older: string | null;
}

/** Where one can go from here: null where nowhere, an empty cursor for the first page. */
export function steps({ cursor, nextCursor }: Paged, walked: Trail = trail): Steps {
  const isFirst = cursor === '';
  return {
    newest: isFirst ? null : '',
    newer: isFirst ? null : (walked.before(cursor) ?? null),
    older: nextCursor === null || nextCursor === '' ? null : nextCursor,
  };
}
