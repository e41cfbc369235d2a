#!/usr/bin/env bash
# Makes the pictures of the book anew: pages of `dht-harness view`, of scenarios that the
# book shows, photographed by a headless Chromium. book/pictures.txt lists them. Needs Chromium,
# and ImageMagick to make the files small. Look at them before you commit: a photograph can be
# taken before the page has drawn for the size of the window, which leaves room below the hosts.
#
#   book/pictures.sh              builds the program in release mode if it is not built
#   PROGRAM=FILE book/pictures.sh takes this program
#
# Beside the pictures it writes checksums of the documents that they show, by which a test
# (`cargo test -p dht-harness-cli pictures`) tells that a picture has aged.
set -euo pipefail
cd "$(dirname "$0")/.."

# How long a tool may take for one picture, in seconds.
limit=60

for tool in chromium convert timeout; do
    command -v "$tool" >/dev/null || {
        echo "book/pictures.sh needs $tool" >&2
        exit 1
    }
done
if [[ -z ${PROGRAM:-} ]]; then
    # Not quiet: cargo says if it waits for another build.
    cargo build --release -p dht-harness-cli
    PROGRAM=${CARGO_TARGET_DIR:-target}/release/dht-harness
fi
program=$(realpath "$PROGRAM")
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# A scenario is named after its folder.
dir=$temporary/book
mkdir "$dir"
images=book/src/images
mkdir -p "$images"

# Runs a tool, and says which one has not ended in time.
limited() {
    local code=0
    timeout "$limit" "$@" || code=$?
    if ((code == 124)); then
        echo "book/pictures.sh: $1 has not ended within $limit s" >&2
    fi
    return "$code"
}

# The scenario of this name from a page of the book.
scenario() {
    awk -v name="name = \"$2\"" '
        /^```toml/ { block = ""; inside = 1; next }
        /^```/ { if (inside && index(block, name)) printf "%s", block; inside = 0 }
        inside { block = block $0 "\n" }
    ' "book/src/$1"
}

# The checksum of the document in a page, without what differs between machines.
document() {
    sed -n 's/.*id="data">\(.*\)<\/script>.*/\1/p' "$1" |
        sed -E 's/"(reproduce|harness)":"([^"\\]|\\.)*"//g' | sha256sum | cut -d ' ' -f 1
}

: >"$temporary/documents.txt"
while read -r file page what hash; do
    [[ $file == \#* ]] && continue
    if [[ $page != - ]]; then
        scenario "$page" "$what" >"$dir/$what.toml"
        what=book/$what.toml
    fi
    # The page tells the path of the file, which is to be the same everywhere.
    (cd "$temporary" && limited "$program" view "$what" --out "$dir/page.html")
    limited chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
        --window-size=1120,680 --virtual-time-budget=3000 --screenshot="$dir/$file" \
        "file://$dir/page.html${hash#-}" 2>"$dir/chromium.log" || {
        cat "$dir/chromium.log" >&2
        exit 1
    }
    limited convert "$dir/$file" +dither -colors 40 -define png:compression-level=9 \
        "PNG8:$images/$file"
    echo "$file $(document "$dir/page.html")" >>"$temporary/documents.txt"
    echo "$images/$file"
done <book/pictures.txt
cp "$temporary/documents.txt" "$images/documents.txt"
