#!/usr/bin/env bash
# What the dependencies may be: licences, sources and bans of deny.toml. Installs
# cargo-deny under target/ if it is not there: about two minutes on two processors.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2

if command -v cargo-deny >/dev/null; then
    deny=cargo-deny
else
    deny=$PWD/target/tools/bin/cargo-deny
    [ -x "$deny" ] ||
        CARGO_TARGET_DIR=target/tools/build cargo install --quiet --locked --root target/tools "cargo-deny@$version"
fi
"$deny" check bans licenses sources
