#!/usr/bin/env bash
# Removes the data of `hookyard dev` (the folder given, or .hookyard), unless a running one holds it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

data=${1:-.hookyard}
[ -e "$data" ] || exit 0
[ -e "$data/lock" ] || fail "$data is no data folder of hookyard: not touched"
exec 9<"$data/lock"
if have flock && ! flock -n 9; then fail "$data is in use by process $(cat "$data/lock"): stop it first"; fi
# Where root's Postgres could not pass the folder, the cluster lies elsewhere and this is a link to it.
if [ -L "$data/postgres" ]; then
    cluster=$(readlink "$data/postgres")
    case $cluster in
    /var/lib/hookyard/*/postgres) as_root rm -rf "$(dirname "$cluster")" ;;
    *) fail "$data/postgres leads to $cluster: not touched" ;;
    esac
fi
rm -rf "$data"
say "removed $data"
