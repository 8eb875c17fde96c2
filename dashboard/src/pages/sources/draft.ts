import type { InboundSource } from '../../api/types';
import type { Kind } from './kind';

export type PlaceKind = 'none' | 'header' | 'pointer';

/** A place in a request as it is typed. */
export interface Place {
  kind: PlaceKind;
  at: string;
}

/** A source as it is typed. */
export interface Draft {
  kind: Kind;
  name: string;
  /** Empty: one is made. */
  secret: string;
  perMinute: string;
  header: string;
  encoding: 'hex' | 'base64';
  prefix: string;
  type: Place;
  fallbackType: string;
  id: Place;
}

export const EMPTY: Draft = {
  kind: 'github',
  name: '',
  secret: '',
  perMinute: '100',
  header: '',
  encoding: 'hex',
  prefix: '',
  type: { kind: 'none', at: '' },
  fallbackType: '',
  id: { kind: 'none', at: '' },
};

type Hmac = NonNullable<InboundSource['hmac']>;

function placeOf(place: Hmac['type']): Place {
  if (place === null) return { kind: 'none', at: '' };
  return 'header' in place ? { kind: 'header', at: place.header } : { kind: 'pointer', at: place.pointer };
}

export function draftOf({ kind, name, perMinute, hmac }: InboundSource): Draft {
  return {
    ...EMPTY,
    kind,
    name,
    perMinute: String(perMinute),
    ...(hmac === null
      ? {}
      : {
          header: hmac.header,
          encoding: hmac.encoding,
          prefix: hmac.prefix,
          type: placeOf(hmac.type),
          fallbackType: hmac.fallbackType ?? '',
          id: placeOf(hmac.id),
        }),
  };
}

const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const POINTER = /^(\/([^/~]|~[01])*){1,10}$/;
const TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

export type Faults = Partial<
  Record<'name' | 'secret' | 'perMinute' | 'header' | 'prefix' | 'type' | 'fallbackType' | 'id', string>
>;

/** What is wrong with it, field by field. */
export function faults(draft: Draft): Faults {
  const { kind, name, secret, perMinute } = draft;
  const found: Faults = {};
  if (name.trim() === '') found.name = 'Say who sends here.';
  if (secret !== '' && (secret.length < 16 || secret.length > 128))
    found.secret = '16 to 128 characters, or nothing: then one is made.';
  const rate = /^\d+$/.test(perMinute.trim()) ? Number(perMinute) : Number.NaN;
  if (!(rate >= 1 && rate <= 100_000)) found.perMinute = 'A whole number of 1 to 100,000.';
  return kind === 'generic-hmac' ? { ...found, ...hmacFaults(draft) } : found;
}

function hmacFaults({ header, prefix, type, fallbackType, id }: Draft): Faults {
  const found: Faults = {};
  if (!HEADER.test(header)) found.header = 'The name of the header that has the signature, as X-Signature.';
  if (!/^[!-~]{0,50}$/.test(prefix)) found.prefix = 'Signs of ASCII without spaces, as sha256=.';
  const typeFault = placeFault(type);
  if (typeFault !== undefined) found.type = typeFault;
  const idFault = placeFault(id);
  if (idFault !== undefined) found.id = idFault;
  if (fallbackType !== '' && !TYPE.test(fallbackType))
    found.fallbackType = 'Words of letters, digits, _ and -, with dots between them: shop.other';
  if (type.kind === 'none' && fallbackType === '')
    found.fallbackType = 'Say where the type is, or one that all its events have.';
  return found;
}

function placeFault({ kind, at }: Place): string | undefined {
  if (kind === 'header') return HEADER.test(at) ? undefined : 'The name of a header.';
  if (kind === 'pointer')
    return POINTER.test(at) && at.length <= 200 ? undefined : 'A JSON pointer, as /order/id.';
  return undefined;
}

type NewPlace = { header: string } | { pointer: string } | null;

function placeAsked({ kind, at }: Place): NewPlace {
  if (kind === 'header') return { header: at };
  return kind === 'pointer' ? { pointer: at } : null;
}

/** `hmac` as the API wants it; undefined for the kinds that have none. */
export function hmacAsked(draft: Draft) {
  if (draft.kind !== 'generic-hmac') return undefined;
  const { header, encoding, prefix, type, fallbackType, id } = draft;
  return {
    header,
    encoding,
    prefix,
    type: placeAsked(type),
    fallbackType: fallbackType === '' ? null : fallbackType,
    id: placeAsked(id),
  };
}
