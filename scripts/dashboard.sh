#!/usr/bin/env bash
# Builds the dashboard into dashboard/dist, from where `cargo build` takes it into the program; does nothing, quickly, where that is
# newer than its sources. Where there can be no node the program is built without it, and its page says so.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

built=dashboard/dist/index.html
if ! node_js; then
    say 'skipped: there is no node here that could build the dashboard (20.19, 22.12 or newer, with npm)'
    exit 0
fi
if [ -e "$built" ] && [ -z "$(find dashboard -name node_modules -prune -o -name dist -prune -o -type f -newer "$built" -print -quit)" ]; then
    exit 0
fi
node_packages dashboard
say 'building the dashboard'
npm run --silent --prefix dashboard build >&2
