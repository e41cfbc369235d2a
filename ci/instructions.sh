#!/usr/bin/env bash
# Measures which share of all instructions is executed by the harness, with the
# standard checks, and which share by those checks. Unlike times, instruction
# counts do not change on a busy machine.
#
#   ci/instructions.sh [HOSTS] [VIRTUAL TIME]       default: 200 800ms
#
# Runs `dht-harness scale` over mux under callgrind, from spawning the hosts to
# the middle of their first refreshes, with the checks and without. Takes some
# minutes.
#
# Method (ci/instructions.py):
#
# - Every line of this repository under harness/ and scenarios/ that runs inside
#   the simulation counts for the harness. This includes the drop-ins,
#   harness/fnv and harness/futures-timer, although libp2p calls them, and lines
#   inlined into other functions. A line of libp2p (with multistream-select),
#   tokio or fixtures/ does not count: fixtures/ represents the code under test.
# - Any other line (std, hash maps, serde, hashing, memcpy, the allocator)
#   counts for its user. Inside a function with lines of either kind it is
#   divided in their proportion. Otherwise it follows the function's own crate,
#   or else the callers of the function, by the inclusive cost of their calls.
#
# So the code that the harness calls counts for the harness, except libp2p and
# tokio. The second figure also divides tokio's lines in that way, which
# attributes the whole scheduler to the harness: an upper bound.
#
# The cost of the checks is the difference of the two runs, including the libp2p
# code that they call. Both runs have the same number of events.
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
    # Mangled names distinguish the instances of generic functions.
    valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file="$1" \
        target/release/dht-harness scale --hosts "$hosts" --virtual "$virtual_time" "${@:2}"
}
count "$out"
count "$out.unchecked" --unchecked
python3 ci/instructions.py "$out" "$out.unchecked"
