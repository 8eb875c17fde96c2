export interface ServerSentEvent {
  /** `message` where the stream named none. */
  event: string;
  data: string;
  id: string;
}

/** More than this in one event is no event of ours: it is dropped, not gathered without end. */
const LARGEST = 1_000_000;

/** Reads server-sent events from text that comes in pieces, as https://html.spec.whatwg.org/#parsing-an-event-stream has it. */
export class SseParser {
  #rest = '';
  #isFirst = true;
  #event = '';
  #data: string[] = [];
  #size = 0;
  /** Of the last event that had one: what `Last-Event-ID` should be. */
  lastId = '';
  /** How long the server wants to be waited for, where it said so. */
  retryMs: number | undefined;

  /** The events that end within this piece. */
  push(piece: string): ServerSentEvent[] {
    let text = this.#rest + piece;
    if (this.#isFirst && text.length > 0) {
      if (text.startsWith('\uFEFF')) text = text.slice(1);
      this.#isFirst = false;
    }
    const events: ServerSentEvent[] = [];
    let from = 0;
    for (;;) {
      const end = lineEnd(text, from);
      if (end === undefined) break;
      const event = this.#line(text.slice(from, end.at));
      if (event) events.push(event);
      from = end.next;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length > LARGEST) this.#rest = '';
    return events;
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    if (line.startsWith(':')) return undefined;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#take(value);
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #take(value: string): void {
    this.#size += value.length;
    if (this.#size <= LARGEST) this.#data.push(value);
  }

  #dispatch(): ServerSentEvent | undefined {
    const isTooLarge = this.#size > LARGEST;
    const event = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.lastId };
    const isEmpty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#size = 0;
    return isEmpty || isTooLarge ? undefined : event;
  }
}

/** Where the line from `from` on ends; undefined while its end has not come. */
function lineEnd(text: string, from: number): { at: number; next: number } | undefined {
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '\n') return { at, next: at + 1 };
    if (char !== '\r') continue;
    // A line feed may follow in the next piece.
    if (at + 1 === text.length) return undefined;
    return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 };
  }
  return undefined;
}
