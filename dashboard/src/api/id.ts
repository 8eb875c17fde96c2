/** A key for `Idempotency-Key`: random, and from what pages over plain http have too. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dash-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * One key for each thing that is asked: sending the same body again uses the same key, so that it is done once;
 * another body, or a new beginning, has another.
 */
export class IdempotencyKeys {
  #body: string | undefined;
  #key = '';

  for(body: unknown): string {
    const written = JSON.stringify(body) ?? '';
    if (this.#body !== written) {
      this.#body = written;
      this.#key = newIdempotencyKey();
    }
    return this.#key;
  }

  /** What was asked is done: the same again is another thing. */
  done(): void {
    this.#body = undefined;
  }
}
