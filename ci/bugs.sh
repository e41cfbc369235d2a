#!/usr/bin/env bash
# How many bugs of libp2p are found? Puts each mutant of ci/mutants into a copy of
# the published crate and runs the corpus, fuzzing and the crate's own tests on
# it. A campaign of hours; ^C keeps what there is, and the next call goes on.
#
#   ci/bugs.sh [OPTION..]        options of `dht-bug-bench`
#
# Writes ci/BUGBENCH.md, and target/bugs/bugs.json for other programs. The table in
# the repository is made by `ci/bugs.sh --fuzz-for 20s --jobs 3`; without --fuzz-for
# each mutant is fuzzed for 10m.
#
# Results in target/bugs/bugs.json are taken as done if they were made with the same
# program. A changed program measures corpus and fuzzing anew, and keeps what the
# crates' own tests have said.
set -euo pipefail
cd "$(dirname "$0")/.."
json=target/bugs/bugs.json
mkdir -p target/bugs
resume=()
if [ -e "$json" ]; then
    resume=(--resume "$json")
fi
cargo run --quiet --release -p dht-bug-bench -- --json "$json" "${resume[@]}" --table ci/BUGBENCH.md "$@"
