#!/usr/bin/env bash
# Measures how many bugs of libp2p are detected. Puts each mutant of ci/mutants
# into a copy of the published crate and runs the corpus, fuzzing and the
# crate's own tests with it. A campaign takes hours; after ^C the next call
# continues with the existing results.
#
#   ci/bugs.sh [OPTION..]        options of `dht-bug-bench`
#
# Writes ci/BUGBENCH.md, target/bugs/bugs.html for a browser, and target/bugs/bugs.json
# for other programs. The table
# in the repository is made by `ci/bugs.sh --fuzz-for 20s --jobs 3`; without
# --fuzz-for each mutant is fuzzed for 10m.
#
# Results in target/bugs/bugs.json are reused if they were made with the same
# program. With a changed program, corpus and fuzzing are repeated, and the
# results of the crates' own tests are kept.
set -euo pipefail
cd "$(dirname "$0")/.."
json=target/bugs/bugs.json
mkdir -p target/bugs
resume=()
if [ -e "$json" ]; then
    resume=(--resume "$json")
fi
cargo run --quiet --release -p dht-bug-bench -- --json "$json" "${resume[@]}" --table ci/BUGBENCH.md --html target/bugs/bugs.html "$@"
