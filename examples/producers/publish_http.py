#!/usr/bin/env python3
"""Publishes an event by HTTP with nothing but Python (3.8 or newer), and again until it is taken: under the same id it is
delivered once.

    HOOKYARD_KEY=hy_… python3 examples/producers/publish_http.py order.paid '{"id": 42}' order-42

HOOKYARD_URL says where the API is. A key belongs to one tenant; the operator's belongs to none, and HOOKYARD_TENANT says
then whose event it is.
"""

import json
import os
import sys
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TRIES = 5
# After the first; each wait is twice the one before, or what the service asks for.
WAIT_SECONDS = 0.5
# Longer than the service takes to answer (server.request_timeout, 40 s).
TIMEOUT_SECONDS = 45


def publish(url, headers, body):
    """What the service answered. A 202 means that the event is in the ledger.

    Whatever says nothing of the kind is asked again: no answer, 429, 503. Any other 4xx is not: it would be refused again.
    """
    wait = WAIT_SECONDS
    for number in range(1, TRIES + 1):
        is_final, asked = False, 0
        try:
            with urlopen(Request(f"{url}/api/v1/events", body, headers), timeout=TIMEOUT_SECONDS) as answer:
                return answer.read().decode()
        except HTTPError as error:
            problem = f"{error.code} {error.read().decode()}"
            is_final = error.code < 500 and error.code != 429
            asked = int(error.headers.get("retry-after", 0))
        except (OSError, HTTPException) as error:
            problem = str(error)
        if is_final or number == TRIES:
            sys.exit(problem)
        print(f"not taken yet: {problem}", file=sys.stderr)
        time.sleep(max(wait, asked))
        wait *= 2


def main():
    key = os.environ.get("HOOKYARD_KEY")
    if not key or len(sys.argv) != 4:
        sys.exit("give the event type, the data as JSON and the event's id; and the API key, hy_…, in HOOKYARD_KEY")
    # The id is what the producer calls it: best a name that it has anyway, such as the order's number.
    event, data, id = sys.argv[1:]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if os.environ.get("HOOKYARD_TENANT"):
        headers["X-Tenant-Id"] = os.environ["HOOKYARD_TENANT"]
    body = json.dumps({"event": event, "eventId": id, "data": json.loads(data)}).encode()
    print(publish(os.environ.get("HOOKYARD_URL", "http://127.0.0.1:8013"), headers, body))


if __name__ == "__main__":
    main()
