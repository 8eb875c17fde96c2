import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { port, stop } from './site';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** How long it takes. */
  delayMs?: number;
}

/** Somebody at an endpoint's URL, who answers as told and remembers what came. */
export class Receiver {
  readonly #server: Server;
  readonly received: Received[] = [];
  /** What is answered from now on. */
  answer: Answer = { status: 200, body: 'ok' };

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (asked, answered) => {
      const pieces: Buffer[] = [];
      asked.on('data', (piece: Buffer) => pieces.push(piece));
      asked.on('end', () => {
        receiver.received.push({
          path: asked.url ?? '/',
          headers: asked.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        });
        const { status, headers, body, delayMs } = receiver.answer;
        const say = () => answered.writeHead(status, headers).end(body);
        if (delayMs === undefined) say();
        else setTimeout(say, delayMs);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Its URL, with a path of its own where one is given. */
  url(path = '/'): string {
    return `http://127.0.0.1:${port(this.#server)}${path}`;
  }

  stop(): Promise<void> {
    return stop(this.#server);
  }
}
