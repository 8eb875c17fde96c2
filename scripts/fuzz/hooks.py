"""What Schemathesis does not know of itself.

- JSON line by line, as a batch of events may be sent.
- Ids of things that exist: every other request names one that an answer told of, so that there is something to find.
- The tenant that all of it is about stays.
- Nothing is sent to a host elsewhere: names lead nowhere (egress.nameservers), and an endpoint gets no literal address.
"""

import ipaddress
import json
import re
import unicodedata
import zlib
from urllib.parse import unquote, urlsplit

import schemathesis

TENANT = "demo"
NAMED = re.compile(r"^(ep|evt|dlv|key|rpl|src)_[0-9a-z]{26,52}$")
KINDS = {"webhooks": "ep", "events": "evt", "deliveries": "dlv", "keys": "key", "replays": "rpl", "sources": "src",
         "tenants": "tenant"}
KEPT = 20
URL_CHARS_MAX = 2048
known = {kind: [] for kind in KINDS.values()}


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def lines(ctx, value):
    if isinstance(value, (bytes, str)):
        return value
    return "\n".join(json.dumps(item) for item in (value if isinstance(value, list) else [value])).encode()


@schemathesis.hook
def before_call(ctx, case, kwargs):
    parts = case.operation.path.removeprefix("/api/v1/").split("/")
    if "{id}" in parts and isinstance(case.path_parameters, dict):
        there = known[KINDS[parts[0]]]
        chance = zlib.crc32(repr(case.path_parameters.get("id")).encode())
        if there and chance % 2:
            case.path_parameters["id"] = there[chance // 2 % len(there)]
        if case.method == "DELETE" and parts[0] == "tenants" and case.path_parameters.get("id") == TENANT:
            case.path_parameters["id"] = f"not-{TENANT}"
    if isinstance(case.body, dict) and leads_away(case.body.get("url")):
        case.body["url"] = "https://fuzz.example.com/"


@schemathesis.hook
def after_call(ctx, case, response):
    if response.status_code >= 300 or "json" not in str(response.headers.get("content-type")):
        return
    try:
        answer = json.loads(response.content)
    except ValueError:
        return
    items = answer.get("items", [answer]) if isinstance(answer, dict) else []
    for item in items:
        remember(case.operation.path, item)


def remember(path, item):
    host = urlsplit(item.get("url") or "").hostname or ""
    if is_address(host) and not ipaddress.ip_address(host).is_loopback:
        raise AssertionError(f"an endpoint got the address {host}: events would be sent there")
    if path.startswith("/api/v1/tenants"):
        keep("tenant", item.get("id"))
    for value in item.values():
        named = NAMED.match(value) if isinstance(value, str) else None
        if named:
            keep(named[1], value)


def keep(kind, value):
    there = known[kind]
    if value and value not in there:
        there.append(value)
        del there[:-KEPT]


def leads_away(url):
    """Whether a URL that may be taken could name an address: its host's last label has no letter that no number has."""
    if not isinstance(url, str) or len(url) > URL_CHARS_MAX or "://" not in url:
        return False
    host = re.split(r"[/?#\\]", url.split("://", 1)[1])[0]
    name = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").lower().rsplit("@", 1)[-1]
    label = re.sub(r":[0-9]*$", "", name).rstrip(".").rsplit(".", 1)[-1]
    return not re.search(r"[g-wyz]", label)


def is_address(host):
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
