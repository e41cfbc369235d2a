#!/usr/bin/env bash
# The public items of the published crates, one a line, in ci/public-api: a
# change of the public surface shows up in review as a change of these files.
#
#   ci/public-api.sh            writes the files
#   ci/public-api.sh --check    fails, with the difference, if they would change
#   ci/public-api.sh --count    counts the items of each crate, and writes nothing
#
# Reads rustdoc's JSON, so that re-exports are followed and only what is
# reachable counts; `#[doc(hidden)]` items count as well. The JSON is unstable:
# RUSTC_BOOTSTRAP is set for rustdoc alone, as the compiler would build all
# dependencies anew. Needs python3; see ci/public_api.py for what is listed.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 ci/public_api.py "$@"
