#!/usr/bin/env bash
# Builds the book into target/book with mdBook. A missing mdBook is installed into
# target/tools first.
#
#   ci/book.sh            builds
#   ci/book.sh serve      builds, and shows the book in a browser while it is edited
set -euo pipefail
cd "$(dirname "$0")/.."

PATH=$PATH:$PWD/target/tools/bin
if ! command -v mdbook >/dev/null; then
    echo "mdbook is missing: it is installed into target/tools"
    cargo install --quiet --locked --root target/tools --version 0.5.4 \
        --features search,watch,serve --no-default-features mdbook
fi
if [ "${1:-build}" = serve ]; then
    exec mdbook serve --open book
fi
mdbook build book
echo "target/book/index.html"
