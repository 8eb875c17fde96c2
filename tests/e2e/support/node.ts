import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = process.env.HOOKYARD_BIN ?? join(ROOT, 'target/debug/hookyard');
const START_MS = 90_000;
const STOP_MS = 20_000;

export const OPERATOR_KEY = 'hy_the_operator_key_of_the_browser_tests';

/** A whole Hookyard of a test's own, with its database, queue and data folder. */
export interface Node {
  /** Where the API is. */
  url: string;
  /** Where NATS is, as host and port. */
  nats: string;
  /** Where Postgres is, as a URL. */
  database: string;
  key: string;
  stop: () => Promise<void>;
}

/** Starts `hookyard dev` in a new folder. `settings` are variables of the environment. */
export async function startNode(settings: Readonly<Record<string, string>> = {}): Promise<Node> {
  if (!existsSync(PROGRAM)) {
    throw new Error(`${PROGRAM} is not there: build it with cargo build, or name another in HOOKYARD_BIN`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'hookyard-e2e-'));
  const child = spawn(PROGRAM, ['dev', '--listen', '127.0.0.1:0', '--data', folder], {
    cwd: folder,
    env: { ...environment(), HOOKYARD_OPERATOR_KEY: OPERATOR_KEY, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await ready(child)), key: OPERATOR_KEY, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Without what the shell says of other databases and keys. */
function environment(): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    const isOurs =
      name.startsWith('HOOKYARD_') && !['HOOKYARD_NATS_SERVER', 'HOOKYARD_POSTGRES_BIN'].includes(name);
    if (!isOurs && !['DATABASE_URL', 'PG_URL', 'NATS_URL', 'PORT', 'BASE_URL'].includes(name))
      kept[name] = value;
  }
  const nats = join(ROOT, '.tools/nats-server');
  if (kept.HOOKYARD_NATS_SERVER === undefined && existsSync(nats)) kept.HOOKYARD_NATS_SERVER = nats;
  return kept;
}

/** The addresses, once the program has said that it is ready. */
function ready(child: ChildProcess): Promise<Pick<Node, 'url' | 'nats' | 'database'>> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const fail = (why: string) =>
      reject(new Error(`hookyard dev ${why}; it said:\n${said.slice(-40).join('\n')}`));
    const timer = setTimeout(() => fail(`was not ready within ${START_MS / 1000} seconds`), START_MS);
    let url: string | undefined;
    let nats: string | undefined;
    let database: string | undefined;
    const hear = (line: string) => {
      said.push(line);
      if (said.length > 1000) said.shift();
      url ??= /^\s+API\s+(http:\S+)\/api\/v1$/.exec(line)?.[1];
      nats ??= /^\s+NATS\s+nats:\/\/(\S+)/.exec(line)?.[1];
      database ??= /DATABASE_URL='([^']+)'/.exec(line)?.[1];
      if (url === undefined || nats === undefined || database === undefined) return;
      if (line.startsWith('ctrl-C')) {
        clearTimeout(timer);
        resolve({ url, nats, database });
      }
    };
    // Read on to the end: a full pipe would hold the program up.
    if (child.stdout) createInterface({ input: child.stdout }).on('line', hear);
    if (child.stderr) createInterface({ input: child.stderr }).on('line', hear);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
  });
}

/** Ended as by ctrl-C, so that its servers end with it; by force where that takes too long. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGINT');
  });
}
