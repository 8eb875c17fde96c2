#!/usr/bin/env python3
"""Publishes an event to NATS with JetStream, and again until the server says that it is stored: under the same id it is
delivered once. Needs nats-py (Python 3.8 or newer).

    python3 examples/producers/publish_jetstream.py order.paid '{"id": 42}' order-42

NATS_URL says where NATS is, HOOKYARD_TENANT whose event it is. Whoever may publish to events.> may publish for every
tenant: let NATS say who may (its accounts and permissions).
"""

import asyncio
import os
import sys

import nats
from nats.errors import Error

TRIES = 6
# After the first; each wait is twice the one before.
WAIT_SECONDS = 0.2
TIMEOUT_SECONDS = 5


async def publish(jetstream, subject, data, headers):
    """Ends when the stream has it. Data that is no JSON is kept as unroutable, and not delivered."""
    wait = WAIT_SECONDS
    for number in range(1, TRIES + 1):
        try:
            return await jetstream.publish(subject, data.encode(), timeout=TIMEOUT_SECONDS, headers=headers)
        except Error as error:
            if number == TRIES:
                raise
            print(f"not stored yet: {error}", file=sys.stderr, flush=True)
        await asyncio.sleep(wait)
        wait *= 2


async def main():
    if len(sys.argv) != 4:
        sys.exit("give the event type, the data as JSON, and the event's id")
    event, data, id = sys.argv[1:]
    tenant = os.environ.get("HOOKYARD_TENANT", "demo")
    subject = f"events.{tenant}.{event}"
    headers = {
        # What the producer calls it, and what makes it safe to publish it again: Hookyard knows it for days.
        # Hookyard-Timestamp may say when it happened.
        "Hookyard-Event-Id": id,
        # The stream itself knows this one, for two minutes. It is one stream for all tenants.
        "Nats-Msg-Id": f"{tenant}.{id}",
    }
    client = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    try:
        ack = await publish(client.jetstream(), subject, data, headers)
        print(f"{'known' if ack.duplicate else 'stored'}  {subject}  {id}  number {ack.seq} of {ack.stream}")
    finally:
        await client.close()


asyncio.run(main())
