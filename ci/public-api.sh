#!/usr/bin/env bash
# Lists the public items of the published crates, one per line, in
# ci/public-api, so that a change of the public API is visible in review.
#
#   ci/public-api.sh            writes the files
#   ci/public-api.sh --check    fails, with the difference, if they would change
#   ci/public-api.sh --count    counts the items of each crate, and writes nothing
#
# Reads rustdoc's JSON, so re-exports are followed and only reachable items are
# listed, including `#[doc(hidden)]` ones. The JSON is unstable: RUSTC_BOOTSTRAP
# is set for rustdoc alone, because setting it for the compiler would rebuild
# all dependencies. Needs python3; see ci/public_api.py for the contents.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 ci/public_api.py "$@"
