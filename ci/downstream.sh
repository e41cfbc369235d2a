#!/usr/bin/env bash
# Tests the harness from outside the workspace: a crate with a custom behaviour
# passes with the patch lines, and without them gets the error that names them.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0
# Both variants build into one directory: they differ only in futures-timer and
# its dependents, so the second build reuses nearly all of the first.
target=$PWD/target/downstream
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy of the crate outside the checkout, with the workspace's versions. The
# registry is needed only for the real futures-timer, without the patch.
prepare() {
    cp -r ci/downstream "$work/$1"
    cp Cargo.lock "$work/$1/Cargo.lock"
    local manifest=$work/$1/Cargo.toml
    sed -i "s|\.\./\.\./|$PWD/|g" "$manifest"
    if [ "$1" = without-patch ]; then
        sed -i '/^\[patch.crates-io\]/,$d' "$manifest"
    fi
    # Without a network, cargo's cache may suffice.
    cargo fetch --quiet --manifest-path "$manifest" ||
        cargo fetch --quiet --offline --manifest-path "$manifest"
}

run_tests() {
    cargo test --quiet --offline --manifest-path "$work/$1/Cargo.toml" --target-dir "$target"
}

prepare with-patch
run_tests with-patch

prepare without-patch
if run_tests without-patch >"$work/log" 2>&1; then
    cat "$work/log"
    echo "downstream: the tests must fail without the patch lines, but passed" >&2
    exit 1
fi
if ! grep -qF '[patch.crates-io]' "$work/log" || ! grep -qF 'futures-timer = {' "$work/log"; then
    cat "$work/log"
    echo "downstream: the error does not name the lines to add" >&2
    exit 1
fi
echo "downstream: passes with the patch lines, and fails with their names without"
