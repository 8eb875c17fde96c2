#!/usr/bin/env bash
# `make fuzz`: Schemathesis asks the service everything that its OpenAPI document allows, and what it does not, and holds the
# answers against the document. The service is a `hookyard dev` of its own that reaches no other machine: names lead
# nowhere, and scripts/fuzz/hooks.py lets no endpoint have a literal address.
# FUZZ_SECONDS says how long (300); FUZZ_EXAMPLES so many cases of each operation instead, from the same seed each time (10: a
# minute). Arguments are Schemathesis's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

key=hy_fuzz0fuzz0fuzz0fuzz0fuzz0fuzz0fuzz0fuzz0
venv=$tools/fuzz
wanted=scripts/fuzz/requirements.txt
work=$(mktemp -d)
service=
fuzzing=

end() {
    if [ -n "$fuzzing" ]; then kill "$fuzzing" 2>/dev/null || true; fi
    if [ -n "$service" ] && kill -0 "$service" 2>/dev/null; then
        kill -INT "$service" 2>/dev/null || true
        wait "$service" || true
    fi
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

if ! cmp -s "$wanted" "$venv/installed.txt"; then
    say 'installing Schemathesis into .tools (once)'
    rm -rf "$venv"
    python3 -m venv "$venv" 2>/dev/null || {
        install 'venv of Python' python3-venv - -
        rm -rf "$venv"
        python3 -m venv "$venv"
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --no-deps --requirement "$wanted"
    cp "$wanted" "$venv/installed.txt"
fi

debug_build
chmod 755 "$work"
mkdir "$work/data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HOOKYARD_OPERATOR_KEY=$key HOOKYARD__LIMITS__REQUESTS_PER_MINUTE=0 HOOKYARD__EGRESS__NAMESERVERS='["127.0.0.1:9"]' \
    HOOKYARD__EGRESS__CONNECT_TIMEOUT=300ms HOOKYARD__INBOUND__GITHUB__SECRET='a secret of a fuzzed source' HOOKYARD__INBOUND__GITHUB__TENANT=demo \
    "$HOOKYARD_BIN" dev --data "$work/data" --listen "127.0.0.1:$port" >"$work/service.log" 2>&1 &
service=$!
for _ in $(seq 240); do
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz"; then break; fi
    kill -0 "$service" 2>/dev/null || break
    sleep 0.25
done

bound=(--max-time "${FUZZ_SECONDS:-300}")
if [ -n "${FUZZ_EXAMPLES:-}" ]; then bound=(--max-examples "$FUZZ_EXAMPLES"); fi
# In the background, so that a signal is heard at once.
(cd "$work" && SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$root/scripts/fuzz" PYTHONDONTWRITEBYTECODE=1 exec \
    "$venv/bin/schemathesis" --config-file "$root/scripts/fuzz/schemathesis.toml" \
    run "http://127.0.0.1:$port/api/v1/openapi.json" \
    --header "Authorization: Bearer $key" --header 'X-Tenant-Id: demo' --no-color "${bound[@]}" "$@") &
fuzzing=$!
if ! wait "$fuzzing"; then
    fuzzing=
    say 'what the service said:'
    grep -E 'WARN|ERROR|panicked' "$work/service.log" | tail -n 40 >&2 || true
    exit 1
fi
fuzzing=
if grep -E 'ERROR|panicked' "$work/service.log" >&2; then fail 'the service logged errors'; fi
