#!/usr/bin/env bash
# Clicks through the dashboard in a real Chromium, against real nodes of a debug build: `make e2e`, `make e2e ARGS="endpoints"`. Traces of
# what failed stay in tests/e2e/reports.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

if ! node_js; then
    say 'skipped: there is no node with npm here'
    exit 0
fi
for found in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$found" ] && have "$found"; then break; fi
    found=
done
if [ -z "$found" ]; then
    install Chromium chromium chromium chromium
    found=chromium
fi
CHROMIUM=$(command -v "$found")
export CHROMIUM
scripts/dashboard.sh
debug_build
node_packages tests/e2e
npm run --silent --prefix tests/e2e check
npm test --silent --prefix tests/e2e -- "$@"
