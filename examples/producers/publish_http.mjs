// Publishes an event by HTTP with nothing but Node (18 or newer), and again until it is taken: under the same id it is
// delivered once.
//
//   HOOKYARD_KEY=hy_… node examples/producers/publish_http.mjs order.paid '{"id": 42}' order-42
//
// HOOKYARD_URL says where the API is. A key belongs to one tenant; the operator's belongs to none, and HOOKYARD_TENANT says
// then whose event it is.

import { setTimeout as sleep } from "node:timers/promises";

const TRIES = 5;
// After the first; each wait is twice the one before, or what the service asks for.
const WAIT_MS = 500;
// Longer than the service takes to answer (server.request_timeout, 40 s).
const TIMEOUT_MS = 45_000;

const { HOOKYARD_URL: url = "http://127.0.0.1:8013", HOOKYARD_KEY: key, HOOKYARD_TENANT: tenant } = process.env;
const [event, data, id] = process.argv.slice(2);
if (!key || !id) {
  console.error("give the event type, the data as JSON and the event's id; and the API key, hy_…, in HOOKYARD_KEY");
  process.exit(2);
}

// A 202 means that the event is in the ledger. Whatever says nothing of the kind is asked again: no answer, 429, 503. Any
// other 4xx is not: it would be refused again.
async function publish(body) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  if (tenant) headers["X-Tenant-Id"] = tenant;
  for (let number = 1, wait = WAIT_MS; ; number += 1, wait *= 2) {
    let problem;
    let asked = 0;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`${url}/api/v1/events`, { method: "POST", headers, body, signal });
      const said = await response.text();
      if (response.ok) return said;
      problem = new Error(`${response.status} ${said}`);
      problem.isFinal = response.status < 500 && response.status !== 429;
      asked = Number(response.headers.get("retry-after") ?? 0) * 1000;
    } catch (error) {
      problem = error.cause ?? error;
    }
    if (problem.isFinal || number === TRIES) throw problem;
    console.error(`not taken yet: ${problem.message}`);
    await sleep(Math.max(wait, asked));
  }
}

// The id is what the producer calls it: best a name that it has anyway, such as the order's number.
const body = JSON.stringify({ event, eventId: id, data: JSON.parse(data) });
await publish(body).then(console.log, (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
