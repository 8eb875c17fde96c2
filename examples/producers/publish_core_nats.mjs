// Publishes an event to core NATS, without JetStream's acknowledgement: quicker, and promised less. `flush` ends when the
// server has read it; that the stream stored it nobody says. An event that must not be lost is published with JetStream
// (publish_jetstream.mjs). Needs @nats-io/transport-node (Node 18 or newer).
//
//   node examples/producers/publish_core_nats.mjs sensor.hot '{"celsius": 42}' reading-42

import { connect, headers } from "@nats-io/transport-node";

const { NATS_URL: servers = "nats://127.0.0.1:4222", HOOKYARD_TENANT: tenant = "demo" } = process.env;
const [event, data, id] = process.argv.slice(2);
if (!id) {
  console.error("give the event type, the data as JSON, and the event's id");
  process.exit(2);
}
const client = await connect({ servers });
const subject = `events.${tenant}.${event}`;
// Under the same id it is delivered once, however often it is published.
const named = headers();
named.set("Hookyard-Event-Id", id);
client.publish(subject, data, { headers: named });
await client.flush();
console.log(`sent  ${subject}  ${id}`);
await client.close();
