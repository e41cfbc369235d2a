#!/usr/bin/env bash
# Tests the harness as its users have it: from crates outside of the workspace and of
# the checkout.
#
# 1. `ci/downstream`, a crate with a behaviour of its own that has the harness by path:
#    without the patch lines its tests fail and name lines; with these lines they pass.
# 2. `examples/starter` as a newcomer copies it: its tests pass. It has the harness from
#    its repository, for which a copy of this checkout stands.
# 3. The starter with one of the two patch lines: the tests name the other line.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0
# All variants build into one directory: what depends on neither patch is built once.
target=$PWD/target/downstream
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    [ ! -e "$work/log" ] || cat "$work/log" >&2
    echo "downstream: $1" >&2
    exit 1
}

# A copy of crate $1 as $2, with the versions of the workspace.
copy() {
    cp -r "$1" "$work/$2"
    cp Cargo.lock "$work/$2/Cargo.lock"
}

# The registry is needed only for the originals of the patched crates. Without a
# network, cargo's cache may suffice.
run_tests() {
    local manifest=$work/$1/Cargo.toml
    cargo fetch --quiet --manifest-path "$manifest" ||
        cargo fetch --quiet --offline --manifest-path "$manifest"
    cargo test --quiet --offline --manifest-path "$manifest" --target-dir "$target"
}

# Runs the tests of $1, which have to fail at their start, and prints the lines for its
# manifest that the error names first.
lines_named() {
    if run_tests "$1" >"$work/log" 2>&1; then
        fail "$1: the tests must fail without the patch lines, but passed"
    fi
    awk '/^Add .*Cargo\.toml:$/ { named = 1; next }
        named && /^    / { print substr($0, 5); printed = 1; next }
        printed { exit }' "$work/log"
}

copy ci/downstream downstream
manifest=$work/downstream/Cargo.toml
sed -i "s|\.\./\.\./|$PWD/|g; /^\[patch.crates-io\]/,\$d" "$manifest"
lines_named downstream >"$work/lines"
grep -q '^fnv = ' "$work/lines" || fail "the error does not name the lines to add"
cat "$work/lines" >>"$manifest"
run_tests downstream

# cargo fetches the repository's URL with git, which takes the copy instead. The cache
# of cargo must not keep it under that URL.
repository=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
mkdir "$work/repository" "$work/cargo"
git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar -c --null -T - | tar -x -C "$work/repository"
git -C "$work/repository" init --quiet
git -C "$work/repository" add --all
git -C "$work/repository" -c user.name=ci -c user.email=ci@localhost commit --quiet -m "the checkout"
for entry in "${CARGO_HOME:-$HOME/.cargo}"/{registry,config.toml}; do
    [ ! -e "$entry" ] || ln -s "$entry" "$work/cargo/"
done
export CARGO_HOME=$work/cargo CARGO_NET_GIT_FETCH_WITH_CLI=true
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.file://$work/repository.insteadOf
export GIT_CONFIG_VALUE_0=$repository

copy examples/starter starter
run_tests starter
# Without comments and the application with an event loop.
lines=$(cat examples/starter/{src/lib.rs,tests/dht.rs} |
    grep -cv '^ *//\|^ *$\|^pub mod records;$')
[ "$lines" -le 20 ] || fail "the starter has $lines lines of Rust up to a first test, not 20"

copy examples/starter one-line
sed -i '/^futures-timer = /d' "$work/one-line/Cargo.toml"
lines_named one-line >"$work/lines"
grep '^futures-timer = ' examples/starter/Cargo.toml | diff - "$work/lines" ||
    fail "the error does not name just the line that is missing"

echo "downstream: passes with the lines that the error names, and the starter passes"
