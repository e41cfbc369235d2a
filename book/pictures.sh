#!/usr/bin/env bash
# Makes the pictures of the book anew: pages of `dht-harness view`, of scenarios that the
# book shows, photographed by a headless Chromium. Needs Chromium, and ImageMagick to make
# the files small. Look at them before you commit: a photograph can be taken before the page has
# drawn for the size of the window, which leaves room below the hosts.
#
#   book/pictures.sh      builds the program in release mode if it is not built
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in chromium convert; do
    command -v "$tool" >/dev/null || {
        echo "book/pictures.sh needs $tool" >&2
        exit 1
    }
done
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# A scenario is named after its folder.
dir=$temporary/book
mkdir "$dir"

# The scenario of this name from a page of the book.
scenario() {
    awk -v name="name = \"$2\"" '
        /^```toml/ { block = ""; inside = 1; next }
        /^```/ { if (inside && index(block, name)) printf "%s", block; inside = 0 }
        inside { block = block $0 "\n" }
    ' "book/src/$1"
}

# photo FILE CASE HASH: the hash says which moment and which panel is shown.
photo() {
    cargo run --release --quiet -- view "$2" --out "$dir/page.html"
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1120,680 \
        --virtual-time-budget=3000 --screenshot="$dir/$1" "file://$dir/page.html$3" 2>/dev/null
    convert "$dir/$1" +dither -colors 40 -define png:compression-level=9 "PNG8:book/src/images/$1"
    echo "book/src/images/$1"
}

# picture FILE PAGE SCENARIO HASH: of a scenario that a page of the book shows.
picture() {
    scenario "$2" "$3" >"$dir/$3.toml"
    photo "$1" "$dir/$3.toml" "$4"
}

mkdir -p book/src/images
photo leaky.png founding/leaky-close/kad-identify/mux ""
photo relayed.png scenarios/corpus/nat/hole-between-port-restricted-homes.toml "#s=connection:4"
picture failure.png failures.md dead-peer-leaves ""
picture partition.png pictures.md split "#t=30000000000&tab=ring"
