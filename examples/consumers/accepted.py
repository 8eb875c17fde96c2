#!/usr/bin/env python3
"""Reads what Hookyard has accepted from the stream ACCEPTED (`bus.publish_accepted = true`). Needs nats-py (Python 3.8 or
newer).

    python3 examples/consumers/accepted.py my-service 'accepted.demo.order.>'

Each name is a consumer of its own: it gets every event, from the oldest that is kept, and goes on where it was after an end.
NATS_URL says where NATS is.
"""

import asyncio
import json
import os
import sys

import nats
from nats.errors import TimeoutError
from nats.js.errors import NotFoundError

AT_ONCE = 100
# For the next event: then it is asked again.
WAIT_SECONDS = 5


async def read(subscription):
    while True:
        try:
            messages = await subscription.fetch(AT_ONCE, timeout=WAIT_SECONDS)
        except TimeoutError:
            continue
        for message in messages:
            event = json.loads(message.data)
            # Your work goes here. An event comes at least once: remember this id where that matters.
            print(f"{event['event']}  {event['eventId']}  {json.dumps(event['data'])}", flush=True)
            # Last: what is not acknowledged comes again.
            await message.ack()


async def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("give the consumer's name; and the subjects, if it is not to read all")
    name, subject = sys.argv[1], (sys.argv[2:] or ["accepted.>"])[0]
    client = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    try:
        subscription = await client.jetstream().pull_subscribe(subject, durable=name, stream="ACCEPTED")
        await read(subscription)
    except NotFoundError:
        sys.exit("there is no stream ACCEPTED yet: with bus.publish_accepted it is there from the first event on")
    finally:
        await client.close()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
