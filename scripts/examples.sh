#!/usr/bin/env bash
# Fetches what the examples that speak to NATS need, pinned and checked by hash: packages of Node into examples/node_modules,
# of Python into .tools/examples, of Go into its module cache. A language that this machine lacks is left out, and so are its
# tests. Does nothing, quickly, where nothing lacks.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root/examples"

python_packages() {
    local wanted=requirements.txt venv=$tools/examples
    if cmp -s "$wanted" "$venv/installed.txt"; then return; fi
    say 'fetching packages of Python (once)'
    rm -rf "$venv"
    python3 -m venv "$venv" 2>/dev/null || {
        install 'venv of Python' python3-venv - -
        rm -rf "$venv"
        python3 -m venv "$venv"
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes --requirement "$wanted"
    cp "$wanted" "$venv/installed.txt"
}

if have node && have npm; then node_packages .; else say 'skipped: there is no node with npm on this machine'; fi
if have python3; then python_packages; else say 'skipped: there is no python3 on this machine'; fi
if ! have go; then
    say 'skipped: there is no go on this machine'
elif ! go mod download; then
    say 'skipped: the modules of Go cannot be fetched from here'
fi
