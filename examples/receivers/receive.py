#!/usr/bin/env python3
"""Receives webhooks with nothing but Python (3.8 or newer).

    WEBHOOK_SECRET=whsec_… PORT=8015 python3 examples/receivers/receive.py

Verify, remember the id, queue, answer: nothing is done while the sender waits.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 5 * 60
# An event that is published alone has at most 1 MiB (server.publish_body_max_bytes).
BODY_BYTES_MAX = 2 << 20
# Webhooks that wait to be worked on. In earnest they wait in a table: a 2xx says that you have it.
WAITING_MAX = 1000
# Ids that are remembered. In earnest: a column with a unique key, written in the transaction that does the work.
SEEN_MAX = 100_000


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def key_of(secret):
    """A secret that the service made begins with whsec_, and is base64 behind that; any other is a key as it is."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret[len("whsec_"):])
    return secret.encode()


def is_number(text):
    return text.isascii() and text.isdigit() and len(text) <= 15


def verify(key, headers, body, now):
    """Raises Refused unless this key signed this body, and did so lately.

    `body` holds the bytes as they came: parsed and written again, they would have another signature.
    """
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not (id and signatures and is_number(timestamp)):
        raise Refused(400, "a header of Standard Webhooks is missing")
    # The time is signed too: what somebody recorded cannot be sent again later.
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise Refused(400, "the timestamp is too old, or too new")
    signed = f"{id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # There are several while a secret is replaced: one that is right is enough.
    for signature in signatures.split():
        version, _, given = signature.partition(",")
        if version == "v1" and hmac.compare_digest(given.encode(), expected):
            return
    raise Refused(401, "no signature is by our secret")


class Receiver:
    def __init__(self, secret):
        self.key = key_of(secret)
        self.waiting = queue.Queue(WAITING_MAX)
        # The ids that came last: a dict keeps the order in which they came.
        self.seen = {}
        self.lock = threading.Lock()

    def receive(self, headers, body):
        verify(self.key, headers, body, time.time())
        id = headers["webhook-id"]
        with self.lock:
            # Each webhook comes at least once: the same id again is the same webhook again.
            if id in self.seen:
                print(f"again  {id}", flush=True)
                return
            try:
                self.waiting.put_nowait((id, body))
            except queue.Full:
                # It comes again, when there is room.
                raise Refused(503, "too much is waiting") from None
            if len(self.seen) == SEEN_MAX:
                del self.seen[next(iter(self.seen))]
            self.seen[id] = None

    def work_off(self):
        while True:
            id, body = self.waiting.get()
            event = json.loads(body)
            # Your work goes here.
            print(f"verified  {event['event']}  {id}  {json.dumps(event['data'])}", flush=True)


class Handler(BaseHTTPRequestHandler):
    # Of a sender that stops in the middle.
    timeout = 10

    def do_POST(self):
        try:
            length = self.headers.get("content-length", "")
            if not is_number(length) or int(length) > BODY_BYTES_MAX:
                raise Refused(413, "the body is too large, or does not say how large it is")
            self.server.receiver.receive(self.headers, self.rfile.read(int(length)))
            self.answer(204)
        except Refused as refused:
            print(f"refused  {refused.status}  {refused}", flush=True)
            self.answer(refused.status, str(refused))

    def answer(self, status, words=""):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, *_):
        """Quiet: what came is printed above."""


def main():
    secret = os.environ.get("WEBHOOK_SECRET")
    if not secret:
        sys.exit("WEBHOOK_SECRET: the endpoint's signing secret")
    receiver = Receiver(secret)
    threading.Thread(target=receiver.work_off, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8015"))), Handler)
    server.receiver = receiver
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
