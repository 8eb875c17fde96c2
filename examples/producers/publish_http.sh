#!/usr/bin/env bash
# Publishes an event by HTTP, and again until it is taken: under the same id it is delivered once.
#
#   HOOKYARD_KEY=hy_… examples/producers/publish_http.sh order.paid '{"id": 42}' order-42
#
# HOOKYARD_URL says where the API is. A key belongs to one tenant; the operator's belongs to none, and HOOKYARD_TENANT says
# then whose event it is.
set -euo pipefail

url=${HOOKYARD_URL:-http://127.0.0.1:8013}
key=${HOOKYARD_KEY:?is the API key, hy_…}
event=${1:?is the event type, such as order.paid}
data=${2-}
# What the producer calls it: best a name that it has anyway, such as the order's number. 1 to 200 printable characters.
id=${3:-$(date +%s)-$RANDOM$RANDOM}

# A 202 means that the event is in the ledger. Whatever says nothing of the kind is asked again: no answer, 429, 503.
# A 4xx is not: it would be refused again. The key goes through a file, where no list of processes shows it.
curl --silent --show-error --fail-with-body --max-time 45 --retry 5 --retry-connrefused \
    --header @<(printf 'Authorization: Bearer %s\n' "$key") \
    ${HOOKYARD_TENANT:+--header "X-Tenant-Id: $HOOKYARD_TENANT"} \
    --header 'Content-Type: application/json' \
    --data "$(printf '{"event": "%s", "eventId": "%s", "data": %s}' "$event" "$id" "${data:-null}")" \
    "$url/api/v1/events"
echo
