#!/usr/bin/env bash
# Builds the book into target/book with mdBook. Where mdBook is not installed it says so
# and builds nothing: `cargo test` checks the pages, links and examples in any case.
#
#   ci/book.sh            builds
#   ci/book.sh serve      builds, and shows the book in a browser while it is edited
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v mdbook >/dev/null; then
    echo "the book is not built: mdbook is not installed (\`cargo install mdbook --locked\`)"
    exit 0
fi
if [ "${1:-build}" = serve ]; then
    exec mdbook serve --open book
fi
mdbook build book
echo "target/book/index.html"
