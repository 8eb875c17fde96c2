import { createConnection } from 'node:net';

const WAIT_MS = 10_000;

/** Publishes one message as any client of NATS would, and waits until the server has it. */
export function publishNats(address: string, subject: string, payload: string): Promise<void> {
  const { hostname, port } = new URL(`nats://${address}`);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    let said = '';
    socket.setTimeout(WAIT_MS, () => socket.destroy(new Error(`NATS did not answer; it said: ${said}`)));
    socket.on('error', reject);
    socket.on('data', (piece) => {
      const isFirst = said === '';
      said += piece.toString('utf8');
      if (isFirst) {
        const size = Buffer.byteLength(payload);
        socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${size}\r\n${payload}\r\nPING\r\n`);
      }
      if (said.includes('-ERR')) socket.destroy(new Error(`NATS refused: ${said}`));
      else if (said.includes('PONG')) {
        socket.end();
        resolve();
      }
    });
  });
}
