import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** As retention does once `payload_days` are over: the payloads of a tenant's events are gone. */
export async function losePayloads(database: string, tenant: string): Promise<void> {
  const statement = `update events set data = null where tenant = '${tenant}'`;
  await run('psql', ['--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', statement]);
}
