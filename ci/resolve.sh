#!/usr/bin/env bash
# Checks that cargo can add the harness to an application on each release of libp2p: to a
# crate with a Cargo.lock from before, and to one without. The lock then holds that
# release and no other, and the drop-ins. Nothing is built; the index of crates.io is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for release in 0.54.1 0.55 0.56 0.57; do
    minor=$(echo "$release" | cut -d. -f1,2 | tr . -)
    app=$work/app-$minor
    mkdir -p "$app/src"
    touch "$app/src/lib.rs"
    cat >"$app/Cargo.toml" <<EOF
[package]
name = "app"
version = "0.1.0"
edition = "2024"

[dependencies]
libp2p = { version = "$release", features = ["identify", "kad", "macros", "noise", "tcp", "tokio", "yamux"] }
EOF
    if [ "$minor" = 0-55 ]; then
        # libp2p-dns 0.43 does not resolve with a later one, with or without the harness.
        echo 'hickory-resolver = "=0.25.0-alpha.5"' >>"$app/Cargo.toml"
    fi
    printf '\n[workspace]\n' >>"$app/Cargo.toml"
    cargo generate-lockfile --quiet --manifest-path "$app/Cargo.toml"
    cat >>"$app/Cargo.toml" <<EOF

[dev-dependencies]
dht-harness = { path = "$root/harness", default-features = false, features = ["libp2p-$minor"] }
dht-scenarios = { path = "$root/scenarios/format", default-features = false, features = ["libp2p-$minor"] }

[patch.crates-io]
fnv = { path = "$root/harness/fnv" }
futures-timer = { path = "$root/harness/futures-timer" }
EOF
    for lock in kept new; do
        [ "$lock" = kept ] || rm "$app/Cargo.lock"
        cargo metadata --quiet --format-version 1 --manifest-path "$app/Cargo.toml" >/dev/null || {
            echo "resolve: libp2p $release does not resolve with a $lock Cargo.lock" >&2
            exit 1
        }
        count=$(grep -c '^name = "libp2p"$' "$app/Cargo.lock")
        if [ "$count" != 1 ]; then
            echo "resolve: $count releases of libp2p in a $lock Cargo.lock for $release" >&2
            exit 1
        fi
        if grep -A 2 '^name = "futures-timer"$' "$app/Cargo.lock" | grep -q '^source'; then
            echo "resolve: the drop-in for futures-timer is passed over in a $lock Cargo.lock" >&2
            exit 1
        fi
    done
    echo "resolve: libp2p $release, with a Cargo.lock from before and without"
done
