#!/usr/bin/env bash
# The chaos tests. The one that steps the clock needs libfaketime, which is installed where that takes nobody's password;
# without it that one is skipped, and says so.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

if have apt-get && [ "$(id -u)" = 0 ] && ! ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1; then
    install libfaketime libfaketime - -
fi
exec cargo test --release --locked --test chaos -- "$@"
