#!/usr/bin/env bash
# Renews .sqlx, what builds check queries against: applies migrations/ to a Postgres that lives only for this, and has
# sqlx's macros describe every query there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

bin=$(postgres_bin) || fail 'no Postgres server: run make tools'
work=$(mktemp -d "${TMPDIR:-/tmp}/hookyard-sqlx.XXXXXX")
socket_free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(socket_free_port)
server=

finish() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Postgres refuses to be root.
mkdir "$work/data" "$work/sqlx"
run_as=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chmod 711 "$work"
    chown "$user" "$work/data"
    run_as=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --clear-groups)
fi

say "starting a Postgres on port $port"
(cd / && ${run_as[@]+"${run_as[@]}"} "$bin/initdb" --auth=trust --encoding=UTF8 --locale=C --no-sync -U hookyard -D "$work/data") >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail 'initdb failed'; }
(cd / && exec ${run_as[@]+"${run_as[@]}"} "$bin/postgres" -D "$work/data" -c "port=$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=off) >>"$work/log" 2>&1 &
server=$!
export DATABASE_URL="postgres://hookyard@127.0.0.1:$port/postgres?sslmode=disable"
until "$bin/pg_isready" -q -d "$DATABASE_URL"; do
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; fail 'the Postgres ended'; }
    sleep 0.05
done

shopt -s nullglob
for migration in migrations/*.sql; do
    say "$migration"
    # One transaction, unless the file says that it cannot be in one, in the words that sqlx looks for too.
    single=--single-transaction
    if head -n 1 "$migration" | grep -q '^-- no-transaction'; then single=; fi
    "$bin/psql" --no-psqlrc --quiet $single -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -f "$migration"
done

# The macros write only when they are expanded: the sources have to look changed. Collected aside, so that a query
# that does not check leaves .sqlx as it is.
find src domain/src actors/src tests bench -name '*.rs' -exec touch {} + 2>/dev/null || true
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$work/sqlx cargo check --workspace --all-targets --locked
mkdir -p .sqlx
find .sqlx -name 'query-*.json' -delete
find "$work/sqlx" -name 'query-*.json' -exec cp {} .sqlx/ \;
say "$(find .sqlx -name 'query-*.json' | wc -l | tr -d ' ') queries in .sqlx"
