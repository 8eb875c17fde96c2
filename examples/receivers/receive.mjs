// Receives webhooks with nothing but Node (18 or newer).
//
//   WEBHOOK_SECRET=whsec_… PORT=8015 node examples/receivers/receive.mjs
//
// Verify, remember the id, queue, answer: nothing is done while the sender waits.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_SECONDS = 5 * 60;
// An event that is published alone has at most 1 MiB (server.publish_body_max_bytes).
const BODY_BYTES_MAX = 2 << 20;
// Webhooks that wait to be worked on. In earnest they wait in a table: a 2xx says that you have it.
const WAITING_MAX = 1000;
// Ids that are remembered. In earnest: a column with a unique key, written in the transaction that does the work.
const SEEN_MAX = 100_000;

const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
  console.error("WEBHOOK_SECRET: the endpoint's signing secret");
  process.exit(2);
}
// A secret that the service made begins with whsec_, and is base64 behind that; any other is a key as it is.
const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);

class Refused extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

// Throws unless our secret signed this body, and did so lately. `body` holds the bytes as they came: parsed and written
// again, they would have another signature.
function verify(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !/^\d{1,15}$/.test(timestamp ?? "")) {
    throw new Refused(400, "a header of Standard Webhooks is missing");
  }
  // The time is signed too: what somebody recorded cannot be sent again later.
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new Refused(400, "the timestamp is too old, or too new");
  }
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // There are several while a secret is replaced: one that is right is enough.
  const isOurs = signatures.split(" ").some((signature) => {
    const [version, coded] = signature.split(",");
    const given = Buffer.from(coded ?? "", "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isOurs) throw new Refused(401, "no signature is by our secret");
}

async function read(request) {
  if (!(Number(request.headers["content-length"]) <= BODY_BYTES_MAX)) {
    throw new Refused(413, "the body is too large, or does not say how large it is");
  }
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

// The ids that came last: a Set keeps the order in which they came.
const seen = new Set();
const waiting = [];

function accept(id, body) {
  // Each webhook comes at least once: the same id again is the same webhook again.
  if (seen.has(id)) {
    console.log(`again  ${id}`);
    return;
  }
  // It comes again, when there is room.
  if (waiting.length === WAITING_MAX) throw new Refused(503, "too much is waiting");
  waiting.push({ id, body });
  if (seen.size === SEEN_MAX) seen.delete(seen.values().next().value);
  seen.add(id);
  setImmediate(workOff);
}

function workOff() {
  const { id, body } = waiting.shift();
  const { event, data } = JSON.parse(body);
  // Your work goes here.
  console.log(`verified  ${event}  ${id}  ${JSON.stringify(data)}`);
}

const server = createServer(async (request, response) => {
  try {
    if (request.method !== "POST") throw new Refused(405, "webhooks are POSTs");
    const body = await read(request);
    verify(request.headers, body);
    accept(request.headers["webhook-id"], body);
    response.writeHead(204).end();
  } catch (error) {
    const status = error instanceof Refused ? error.status : 500;
    console.log(`refused  ${status}  ${error.message}`);
    response.writeHead(status).end(error.message);
  }
});

// Longer than the sender keeps a connection that it does not use (egress.pool_idle, 30 s): it is never closed on a request.
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 8015), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
