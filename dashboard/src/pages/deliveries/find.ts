/** What somebody who types an id wants to see. */
export type Found =
  | { noun: 'delivery'; id: string }
  | { noun: 'event'; id: string }
  | { noun: 'endpoint'; id: string }
  | { noun: 'replay'; id: string };

const ULID = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const DELIVERY = new RegExp(`^dlv_${ULID}${ULID}$`);
const ENDPOINT = new RegExp(`^ep_${ULID}$`);
const REPLAY = new RegExp(`^rpl_${ULID}$`);
/** Producers choose their own: printable ASCII. */
const EVENT = /^[ -~]{1,200}$/;

/** By its form; whatever is none of ours may be a producer's own event id. Undefined: nobody's. */
export function find(text: string): Found | undefined {
  const id = text.trim();
  if (DELIVERY.test(id)) return { noun: 'delivery', id };
  if (ENDPOINT.test(id)) return { noun: 'endpoint', id };
  if (REPLAY.test(id)) return { noun: 'replay', id };
  // As a part of a path these mean another path.
  if (id === '.' || id === '..') return undefined;
  return EVENT.test(id) ? { noun: 'event', id } : undefined;
}
