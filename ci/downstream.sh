#!/usr/bin/env bash
# Proves the harness from outside the workspace: a crate with a behaviour of its
# own passes with the patch line, and without it gets the error that names the line.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
target=$PWD/target/downstream
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same versions as the workspace, so that the registry is asked for nothing new.
prepare() {
    cp -r ci/downstream "$work/$1"
    sed -i "s|\.\./\.\./|$PWD/|g" "$work/$1/Cargo.toml"
    cp Cargo.lock "$work/$1/Cargo.lock"
}

prepare with-patch
cargo test --manifest-path "$work/with-patch/Cargo.toml" --target-dir "$target"

prepare without-patch
sed -i '/^\[patch.crates-io\]/,$d' "$work/without-patch/Cargo.toml"
if cargo test --manifest-path "$work/without-patch/Cargo.toml" --target-dir "$target" \
    >"$work/log" 2>&1; then
    cat "$work/log"
    echo "downstream: the test passed without the patch line; it must not" >&2
    exit 1
fi
if ! grep -q 'futures-timer = {' "$work/log"; then
    cat "$work/log"
    echo "downstream: the error does not name the lines to add" >&2
    exit 1
fi
echo "downstream: passes with the patch line, and is told of it without"
