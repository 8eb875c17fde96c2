import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As Hookyard sends it with its pages. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface Site {
  url: string;
  stop: () => Promise<void>;
}

/** Serves dashboard/dist as it is now, and passes everything of the API on: for a program with another one built in. */
export async function startSite(api: string): Promise<Site> {
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? '/').split('?')[0] ?? '/';
    const isApi = /^\/(api|livez|readyz|metrics|problems)(\/|$)/.test(path);
    const work = isApi ? pass(api, asked, answer) : file(path, answer);
    work.catch((error: unknown) => {
      answer.statusCode = 502;
      answer.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port(server)}`, stop: () => stop(server) };
}

export function port(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens at no port');
  return address.port;
}

export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function file(path: string, answer: ServerResponse): Promise<void> {
  const name = normalize(decodeURIComponent(path)).replace(/^(\.\.(\/|$))+/, '');
  const isFile = extname(name) !== '' && !name.startsWith('/t/');
  answer.setHeader('Content-Security-Policy', POLICY);
  answer.setHeader('X-Content-Type-Options', 'nosniff');
  try {
    const content = await readFile(join(DIST, isFile ? name : 'index.html'));
    answer.setHeader('Content-Type', TYPES[isFile ? extname(name) : '.html'] ?? 'application/octet-stream');
    answer.end(content);
  } catch {
    answer.statusCode = 404;
    answer.end();
  }
}

function pass(api: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const onward = request(
      new URL(asked.url ?? '/', api),
      { method: asked.method, headers: { ...asked.headers, host: new URL(api).host } },
      (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
        answered.on('end', resolve);
        answered.on('error', reject);
      },
    );
    onward.on('error', reject);
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
}
