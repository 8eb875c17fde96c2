"""What Schemathesis does not know of itself: JSON line by line, as a batch of events may be sent."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def lines(ctx, value):
    if isinstance(value, (bytes, str)):
        return value
    return "\n".join(json.dumps(item) for item in (value if isinstance(value, list) else [value])).encode()
