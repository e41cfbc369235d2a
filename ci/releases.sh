#!/usr/bin/env bash
# Runs all scenarios on the older releases of libp2p: each defect and each expected
# difference has to be present or absent there as its scenario says, and
# scenarios/RELEASES.md is generated from the same statements. Last, two releases in one
# build have to be refused with a remedy.
#
#   ci/releases.sh [RELEASE..]      default: 0-54 0-55 0-56
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
# What is built here runs once: debug information is not worth its time.
export CARGO_PROFILE_DEV_DEBUG=false
# A directory of its own, so that it can run beside builds of the workspace.
target=$PWD/target/releases
export CARGO_TARGET_DIR=$target
mkdir -p "$target"

if [ $# -eq 0 ]; then
    set -- 0-54 0-55 0-56
fi
for release; do
    echo "libp2p $release"
    cargo run --quiet -p dht-harness-cli --no-default-features \
        --features "libp2p-$release" -- run >"$target/releases-$release.txt" || {
        cat "$target/releases-$release.txt"
        echo "libp2p $release: the scenarios above do not behave as they say" >&2
        exit 1
    }
    tail -n 1 "$target/releases-$release.txt"
done

log=$target/releases-two.txt
if cargo check --quiet -p dht-harness --features libp2p-0-56 2>"$log"; then
    echo "two releases of libp2p in one build must be refused" >&2
    exit 1
fi
if ! grep -q 'two releases of libp2p are chosen' "$log" ||
    ! grep -q 'default-features = false' "$log"; then
    cat "$log"
    echo "the error for two releases of libp2p must name the remedy" >&2
    exit 1
fi
echo "two releases in one build are refused"
