#!/usr/bin/env bash
# Proves the harness from outside the workspace: a crate with a behaviour of its
# own passes with the patch line, and without it gets the error that names the line.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0
# Both variants build into one directory: they differ in futures-timer and in
# what is above it, so nearly all of the second build is the first one's.
target=$PWD/target/downstream
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy of the crate outside the checkout, with the workspace's versions: the
# registry is asked for nothing but, without the patch, the real futures-timer.
prepare() {
    cp -r ci/downstream "$work/$1"
    cp Cargo.lock "$work/$1/Cargo.lock"
    local manifest=$work/$1/Cargo.toml
    sed -i "s|\.\./\.\./|$PWD/|g" "$manifest"
    if [ "$1" = without-patch ]; then
        sed -i '/^\[patch.crates-io\]/,$d' "$manifest"
    fi
    # Without a network, what is in cargo's cache may do.
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
    echo "downstream: the tests passed without the patch line; they must not" >&2
    exit 1
fi
if ! grep -qF '[patch.crates-io]' "$work/log" || ! grep -qF 'futures-timer = {' "$work/log"; then
    cat "$work/log"
    echo "downstream: the error does not name the lines to add" >&2
    exit 1
fi
echo "downstream: passes with the patch line, and is told of it without"
