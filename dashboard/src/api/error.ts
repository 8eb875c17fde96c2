import type { FieldError } from './types';

/** A request takes no longer. */
export const TIMEOUT_SECONDS = 15;

/** What a request may end with besides the problems that the API names. */
export type LocalSlug = 'unreachable' | 'no-answer-in-time' | 'not-understood';

interface Facts {
  slug: string;
  title: string;
  detail: string;
  status?: number | undefined;
  errors?: readonly FieldError[] | undefined;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
}

/** A request that did not do what it should: the API's problem details, or why there was no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The last part of the problem's `type`, as in /problems/not-found. */
  readonly slug: string;
  readonly title: string;
  readonly detail: string;
  /** Absent when nothing was answered. */
  readonly status: number | undefined;
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(facts: Facts) {
    super(`${facts.title}: ${facts.detail}`);
    this.slug = facts.slug;
    this.title = facts.title;
    this.detail = facts.detail;
    this.status = facts.status;
    this.errors = facts.errors ?? [];
    this.requestId = facts.requestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }

  /** Whether the page that explains it exists. */
  get isExplained(): boolean {
    return this.status !== undefined && this.slug !== 'not-understood' && this.slug !== 'unreachable';
  }

  /** What is wrong with the field of this JSON pointer, or of one inside it. */
  field(pointer: string): string | undefined {
    const own = this.errors.find((error) => error.pointer === pointer);
    return (own ?? this.errors.find((error) => error.pointer.startsWith(`${pointer}/`)))?.detail;
  }

  /** Details by pointer, the first of each. */
  get fields(): Readonly<Record<string, string>> {
    const fields: Record<string, string> = {};
    for (const { pointer, detail } of this.errors) fields[pointer] ??= detail;
    return fields;
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((error: unknown) => {
    if (!isRecord(error)) return [];
    const pointer = text(error.pointer);
    const detail = text(error.detail);
    return pointer !== undefined && detail !== undefined ? [{ pointer, detail }] : [];
  });
}

/** What a proxy answers with while Hookyard is away. */
const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** Whether a proxy answered because Hookyard did not: its own answers are problem details, or JSON. */
export function isOfGateway({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return GATEWAY.has(status) && !(headers.get('content-type') ?? '').includes('json');
}

const inItsPlace = (status: number) =>
  new ApiError({
    slug: 'unreachable',
    title: 'Hookyard cannot be reached',
    detail: `Something between the browser and Hookyard answered with status ${status} in its place. What was asked may have been done all the same.`,
    status,
  });

/** Of an answer that was no success; `body` is what it held, parsed where it was JSON. */
export function errorOfAnswer(status: number, headers: Headers, body: unknown): ApiError {
  const requestId = headers.get('x-request-id') ?? undefined;
  const wait = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(wait) ? wait : undefined;
  const type = isRecord(body) ? text(body.type) : undefined;
  if (!isRecord(body) || type === undefined) {
    if (GATEWAY.has(status)) return inItsPlace(status);
    return new ApiError({
      slug: 'not-understood',
      title: 'An answer that the dashboard does not understand',
      detail: `The answer had status ${status} and was not one of Hookyard's. Something between the browser and Hookyard may have given it.`,
      status,
      requestId,
      retryAfterSeconds,
    });
  }
  return new ApiError({
    slug: type.slice(type.lastIndexOf('/') + 1),
    title: text(body.title) ?? `Status ${status}`,
    detail: text(body.detail) ?? '',
    status,
    errors: fieldErrors(body.errors),
    requestId: text(body.requestId) ?? requestId,
    retryAfterSeconds,
  });
}

export const unreachable = () =>
  new ApiError({
    slug: 'unreachable',
    title: 'Hookyard cannot be reached',
    detail: 'The connection failed before there was an answer.',
  });

export const noAnswerInTime = (seconds: number) =>
  new ApiError({
    slug: 'no-answer-in-time',
    title: 'No answer in time',
    detail: `Hookyard did not answer within ${seconds} seconds. What was asked may have been done all the same.`,
  });

/** Any failure as an ApiError, so that it can be shown. */
export function asApiError(error: unknown): ApiError {
  if (isApiError(error)) return error;
  // The answer began in time and did not end in it.
  if (error instanceof DOMException && error.name === 'TimeoutError') return noAnswerInTime(TIMEOUT_SECONDS);
  return new ApiError({
    slug: 'not-understood',
    title: 'The dashboard ran into an error of its own',
    detail: error instanceof Error ? error.message : String(error),
  });
}
