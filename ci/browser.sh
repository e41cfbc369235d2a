#!/usr/bin/env bash
# Opens pages of `dht-harness view` in Chromium and checks what they show: see ci/browser.
#
#   ci/browser.sh [FILE...]
#
# It checks pages that it makes itself, and those given. A missing browser is installed if
# there is apt and the user is root. If there is still none the page is not tested, and the
# script says so; with REQUIRE_BROWSER=1 that is an error.
set -euo pipefail
files=()
for file in "$@"; do
    files+=("$(realpath "$file")")
done
cd "$(dirname "$0")/.."

browser() {
    command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null
}

if ! browser && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "browser: installing chromium"
    { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } \
        >/dev/null 2>&1 || echo "browser: apt cannot install chromium" >&2
fi
if ! browser; then
    echo "chromium is missing: the page is not tested in a browser" >&2
    [[ ${REQUIRE_BROWSER:-} != 1 ]]
    exit
fi

manifest=ci/browser/Cargo.toml
target=$PWD/target/browser
# Without a network, cargo's cache may suffice.
cargo fetch --quiet --manifest-path "$manifest" ||
    cargo fetch --quiet --offline --manifest-path "$manifest"
cargo fmt --check --manifest-path "$manifest"
cargo clippy --quiet --offline --manifest-path "$manifest" --target-dir "$target" --all-targets -- -D warnings
cargo test --quiet --offline --manifest-path "$manifest" --target-dir "$target"
check=(cargo run --quiet --offline --manifest-path "$manifest" --target-dir "$target" --)
"${check[@]}"
if ((${#files[@]})); then
    "${check[@]}" "${files[@]}"
fi
