#!/usr/bin/env bash
# Tests of published applications, unmodified, in simulations: see the FINDINGS.md of
# each crate in ci/applications.
#
#   ci/applications.sh [NAME]
#
# Their Cargo.lock is committed: the findings, and the seeds that show them, are about
# exact versions. Where the dependencies of the harness have changed, cargo corrects it;
# commit the result.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0
target=$PWD/target/applications

for application in ${1:-connexa kameo}; do
    manifest=ci/applications/$application/Cargo.toml
    # Without a network, cargo's cache may suffice.
    cargo fetch --quiet --manifest-path "$manifest" ||
        cargo fetch --quiet --offline --manifest-path "$manifest"
    echo "applications: $application"
    cargo fmt --check --manifest-path "$manifest"
    cargo test --quiet --offline --manifest-path "$manifest" --target-dir "$target"
done
