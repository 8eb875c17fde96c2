import { describe, expect, it } from 'vitest';
import type { ServerSentEvent } from './sse';
import { backoffMs, follow, type StreamState } from './stream';

/** A server that answers one after the other with these. */
function server(answers: readonly (() => Response | Promise<Response>)[]) {
  const asked: Headers[] = [];
  const fetched: typeof fetch = async (_url, init) => {
    asked.push(new Headers(init?.headers));
    const answer = answers[asked.length - 1];
    if (!answer) throw new TypeError('nobody answers');
    return answer();
  };
  return { asked, fetched };
}

const streamOf = (text: string) => () =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } });

async function followed(answers: readonly (() => Response | Promise<Response>)[], until: number) {
  const { asked, fetched } = server(answers);
  const events: ServerSentEvent[] = [];
  const states: StreamState[] = [];
  const waits: number[] = [];
  let reopened = 0;
  let refused = 0;
  const stop = new AbortController();
  await follow({
    url: 'http://h/stream',
    headers: () => ({ Authorization: 'Bearer k' }),
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    onReopen: () => {
      reopened += 1;
    },
    onUnauthorized: () => {
      refused += 1;
    },
    signal: stop.signal,
    fetch: fetched,
    random: () => 0,
    sleep: async (ms) => {
      waits.push(ms);
      if (waits.length >= until) stop.abort();
    },
  });
  return { asked, events, states, waits, reopened, refused };
}

describe('follow', () => {
  it('tells events and comes again with the last id', async () => {
    const { asked, events, states, reopened } = await followed(
      [streamOf('id: a.1\ndata: 1\n\n'), streamOf('id: a.2\ndata: 2\n\n')],
      2,
    );
    expect(events.map(({ data }) => data)).toEqual(['1', '2']);
    expect(asked.map((headers) => headers.get('last-event-id'))).toEqual([null, 'a.1']);
    expect(asked[0]?.get('authorization')).toBe('Bearer k');
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'waiting']);
    expect(reopened).toBe(1);
  });

  it('waits longer with each failure, and short again after it was open', async () => {
    const { waits } = await followed(
      [
        () => Promise.reject(new TypeError('down')),
        () => new Response('', { status: 503 }),
        () => new Response('', { status: 503 }),
        streamOf(''),
        () => Promise.reject(new TypeError('down')),
      ],
      5,
    );
    expect(waits).toEqual([500, 1000, 2000, 500, 1000]);
  });

  it('waits as long as the server says', async () => {
    const busy = () => new Response('', { status: 429, headers: { 'retry-after': '7' } });
    const { waits } = await followed([busy, streamOf('retry: 9000\n\n')], 2);
    expect(waits).toEqual([7000, 9000]);
  });

  it.each([401, 403, 404])('ends where %i is answered', async (status) => {
    const { asked, states, refused } = await followed([() => new Response('', { status })], 9);
    expect(asked).toHaveLength(1);
    expect(states).toEqual(['connecting', 'refused']);
    expect(refused).toBe(status === 401 ? 1 : 0);
  });
});

describe('backoffMs', () => {
  it('doubles up to half a minute, with less by chance', () => {
    expect([0, 1, 2, 3].map((failures) => backoffMs(failures, 0))).toEqual([500, 1000, 2000, 4000]);
    expect(backoffMs(100, 0)).toBe(30_000);
    expect(backoffMs(100, 1)).toBe(22_500);
  });
});
