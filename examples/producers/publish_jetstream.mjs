// Publishes an event to NATS with JetStream, and again until the server says that it is stored: under the same id it is
// delivered once. Needs @nats-io/transport-node and @nats-io/jetstream (Node 18 or newer).
//
//   node examples/producers/publish_jetstream.mjs order.paid '{"id": 42}' order-42
//
// NATS_URL says where NATS is, HOOKYARD_TENANT whose event it is. Whoever may publish to events.> may publish for every
// tenant: let NATS say who may (its accounts and permissions).

import { setTimeout as sleep } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

const TRIES = 6;
// After the first; each wait is twice the one before.
const WAIT_MS = 200;
const TIMEOUT_MS = 5000;

const { NATS_URL: servers = "nats://127.0.0.1:4222", HOOKYARD_TENANT: tenant = "demo" } = process.env;
const [event, data, id] = process.argv.slice(2);
if (!id) {
  console.error("give the event type, the data as JSON, and the event's id");
  process.exit(2);
}
const client = await connect({ servers });
const stream = jetstream(client);
const subject = `events.${tenant}.${event}`;

const named = headers();
// What the producer calls it, and what makes it safe to publish it again: Hookyard knows it for days. Hookyard-Timestamp
// may say when it happened.
named.set("Hookyard-Event-Id", id);
// The stream itself knows this one, for two minutes. It is one stream for all tenants.
named.set("Nats-Msg-Id", `${tenant}.${id}`);

async function publish() {
  for (let number = 1, wait = WAIT_MS; ; number += 1, wait *= 2) {
    try {
      // Ends when the stream has it. Data that is no JSON is kept as unroutable, and not delivered.
      return await stream.publish(subject, data, { headers: named, timeout: TIMEOUT_MS });
    } catch (error) {
      if (number === TRIES) throw error;
      console.error(`not stored yet: ${error.message}`);
      await sleep(wait);
    }
  }
}

try {
  const ack = await publish();
  console.log(`${ack.duplicate ? "known" : "stored"}  ${subject}  ${id}  number ${ack.seq} of ${ack.stream}`);
} finally {
  await client.close();
}
