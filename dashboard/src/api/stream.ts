import { type ServerSentEvent, SseParser } from './sse';

export type StreamState =
  | 'connecting'
  | 'open'
  /** Not connected, and will be tried again. */
  | 'waiting'
  /** The key may not, or no longer, follow: not tried again. */
  | 'refused';

export interface StreamOptions {
  url: string;
  headers: () => Record<string, string>;
  onEvent: (event: ServerSentEvent) => void;
  onState?: (state: StreamState) => void;
  /** Streams that were opened again after a break: something may have been missed. */
  onReopen?: () => void;
  onUnauthorized?: () => void;
  signal: AbortSignal;
  fetch?: typeof fetch;
  /** For tests: waits, and ends early when aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

/** The server says something every 15 seconds: silence of three times that is a dead connection. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** The wait before the next try: doubling, with up to a quarter less by chance, so that tabs do not come together. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 16));
  return Math.round(full * (1 - random / 4));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** Follows a stream of server-sent events until `signal` aborts or the server refuses for good. */
export async function follow(options: StreamOptions): Promise<void> {
  const { signal, onState, sleep = pause, random = Math.random } = options;
  let lastId = '';
  let failures = 0;
  let wasOpen = false;
  while (!signal.aborted) {
    onState?.('connecting');
    const end = await once(options, lastId, () => {
      failures = 0;
      onState?.('open');
      if (wasOpen) options.onReopen?.();
      wasOpen = true;
    });
    if (signal.aborted) return;
    lastId = end.lastId;
    if (end.isRefused) {
      onState?.('refused');
      return;
    }
    onState?.('waiting');
    const wait = Math.max(backoffMs(failures, random()), end.waitMs);
    failures += 1;
    await sleep(wait, signal);
  }
}

interface End {
  lastId: string;
  isRefused: boolean;
  /** Not before. */
  waitMs: number;
}

async function once(options: StreamOptions, lastId: string, opened: () => void): Promise<End> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const parser = new SseParser();
  parser.lastId = lastId;
  const end = (isRefused: boolean, waitMs = 0): End => ({
    lastId: parser.lastId,
    isRefused,
    waitMs: Math.max(waitMs, parser.retryMs ?? 0),
  });
  try {
    heard();
    const headers: Record<string, string> = { ...options.headers(), Accept: 'text/event-stream' };
    if (lastId !== '') headers['Last-Event-ID'] = lastId;
    const response = await (options.fetch ?? fetch)(options.url, { headers, signal, cache: 'no-store' });
    if (response.status === 401) options.onUnauthorized?.();
    if ([401, 403, 404].includes(response.status)) return end(true);
    if (!response.ok || !response.body) {
      const seconds = Number(response.headers.get('retry-after') ?? 0);
      return end(false, Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : 0);
    }
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return end(false);
      heard();
      for (const event of parser.push(value)) options.onEvent(event);
    }
  } catch {
    return end(false);
  } finally {
    clearTimeout(timer);
  }
}
