#!/usr/bin/env bash
# `make dev`: runs `hookyard dev` from a debug build, and again whenever a source changed. A build that fails leaves the
# former one running. ctrl-C ends both.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

program=target/debug/hookyard
stamp=$(mktemp)
running=

end() {
    if [ -n "$running" ] && kill -0 "$running" 2>/dev/null; then
        kill -INT "$running" 2>/dev/null || true
        wait "$running" || true
    fi
    running=
}
trap 'end; rm -f "$stamp"' EXIT
trap 'exit 130' INT TERM

changed() {
    [ -n "$(find Cargo.toml Cargo.lock config migrations .sqlx docs/problems src actors/Cargo.toml actors/src \
        domain/Cargo.toml domain/src -type f -newer "$stamp" -print -quit)" ]
}

while :; do
    touch "$stamp"
    if cargo build --locked; then
        end
        # In a process group of its own: ctrl-C reaches this script alone, which ends it in good order.
        set -m
        "$program" dev "$@" &
        running=$!
        set +m
    fi
    until changed; do
        if [ -n "$running" ] && ! kill -0 "$running" 2>/dev/null; then
            say 'hookyard dev ended: it is started again when a source changes'
            running=
        fi
        sleep 1
    done
    say 'a source changed: building'
done
