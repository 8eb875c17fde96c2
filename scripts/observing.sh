#!/usr/bin/env bash
# Fetches what the tests of metrics, alerts and dashboards need: a Prometheus with its promtool into .tools, and Grafana's schema
# into grafana/schema/node_modules, pinned and checked by hash. Where there is no Node, the schema is left out, and so is its
# test. Does nothing, quickly, where nothing lacks.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

prometheus() {
    local work
    if [ -x "$tools/prometheus" ] && [ -x "$tools/promtool" ]; then return; fi
    if have prometheus && have promtool; then return; fi
    if ! have apt-get; then
        install Prometheus - golang-github-prometheus prometheus
        return
    fi
    # Debian's package, taken apart instead of installed: that would start it as a service.
    say 'fetching prometheus (once)'
    mkdir -p "$tools"
    work=$(mktemp -d "$tools/prometheus.XXXXXX")
    (
        cd "$work"
        # Only where the lists of packages are older than the package.
        apt-get download -q prometheus >/dev/null 2>&1 || {
            as_root apt-get update -q >&2
            apt-get download -q prometheus >&2
        }
        dpkg-deb -x prometheus_*.deb .
        mv usr/bin/promtool usr/bin/prometheus "$tools/"
    )
    rm -rf "$work"
}

schema() {
    local wanted=package-lock.json installed=node_modules/installed.json
    cd grafana/schema
    if cmp -s "$wanted" "$installed"; then return; fi
    say "fetching Grafana's schema (once)"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$wanted" "$installed"
}

prometheus
if have node && have npm; then schema; else say 'skipped: there is no node with npm on this machine'; fi
