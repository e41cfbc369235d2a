#!/usr/bin/env bash
# What share of all instructions is the harness's own, with the standard checks
# on, and what share is those checks'? Instructions, unlike seconds, are the same
# on a busy machine.
#
#   ci/instructions.sh [HOSTS] [VIRTUAL TIME]       default: 200 800ms
#
# Runs `dht-harness scale` over mux under callgrind, from the spawning of the
# hosts into the midst of their first refreshes, with the checks and without:
# some minutes.
#
# Method (ci/instructions.py):
#
# - Every line of this repository under harness/ and scenarios/ that runs inside
#   the simulation is the harness's own: also the two drop-ins, harness/fnv and
#   harness/futures-timer, though libp2p calls them, and also where the compiler
#   has inlined it into somebody else's function. A line of libp2p (with
#   multistream-select), tokio or fixtures/ is not: fixtures/ stands for the code
#   under test.
# - Any other line (std, hash maps, serde, hashing, memcpy, the allocator) is
#   whose doing it is: inside a function with lines of either kind it is divided
#   as those are, else it follows the function's own crate, else those who call
#   the function, by the inclusive cost of their calls.
#
# So what the harness causes below itself counts as its own, libp2p and tokio
# apart. The second figure also divides tokio's lines in that way, which lays the
# whole scheduler to the harness: an upper bound.
#
# What the checks cost is the difference of the two runs, libp2p's code that they
# call included. Both have as many events.
#
# Needs valgrind (Debian: apt-get install -y valgrind) and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
hosts=${1:-200}
virtual_time=${2:-800ms}

for tool in valgrind python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "instructions: $tool is missing; apt-get install -y $tool" >&2
        exit 2
    fi
done

cargo build --quiet --release --bin dht-harness
out=$PWD/target/instructions.callgrind
count() {
    # Mangled names keep the instances of generic functions apart.
    valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file="$1" \
        target/release/dht-harness scale --hosts "$hosts" --virtual "$virtual_time" "${@:2}"
}
count "$out"
count "$out.unchecked" --unchecked
python3 ci/instructions.py "$out" "$out.unchecked"
