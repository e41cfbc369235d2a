#!/usr/bin/env bash
# Builds the book into target/book with mdBook. A missing mdBook is installed into
# target/tools first.
#
#   ci/book.sh            builds
#   ci/book.sh serve      builds, and shows the book in a browser while it is edited
set -euo pipefail
cd "$(dirname "$0")/.."

task=${1:-build}
# Only `serve` needs a server, which takes longer to compile than mdBook itself.
features=search
if [ "$task" = serve ]; then
    features=search,watch,serve
fi
tools=$PWD/target/tools/mdbook-$task
PATH=$PATH:$tools/bin
if ! command -v mdbook >/dev/null; then
    echo "mdbook is missing: it is installed into ${tools#"$PWD"/}"
    cargo install --quiet --locked --debug --root "$tools" --version 0.5.4 \
        --features "$features" --no-default-features mdbook
fi
if [ "$task" = serve ]; then
    exec mdbook serve --open book
fi
mdbook build book
echo "target/book/index.html"
