#!/usr/bin/env python3
"""Publishes an event to core NATS, without JetStream's acknowledgement: quicker, and promised less.

`flush` ends when the server has read it; that the stream stored it nobody says. An event that must not be lost is published
with JetStream (publish_jetstream.py). Needs nats-py (Python 3.8 or newer).

    python3 examples/producers/publish_core_nats.py sensor.hot '{"celsius": 42}' reading-42
"""

import asyncio
import os
import sys

import nats

TIMEOUT_SECONDS = 5


async def main():
    if len(sys.argv) != 4:
        sys.exit("give the event type, the data as JSON, and the event's id")
    event, data, id = sys.argv[1:]
    subject = f"events.{os.environ.get('HOOKYARD_TENANT', 'demo')}.{event}"
    client = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    try:
        # Under the same id it is delivered once, however often it is published.
        await client.publish(subject, data.encode(), headers={"Hookyard-Event-Id": id})
        await client.flush(timeout=TIMEOUT_SECONDS)
        print(f"sent  {subject}  {id}")
    finally:
        await client.close()


asyncio.run(main())
