#!/usr/bin/env bash
# rustdoc with unstable options; public_api.py has cargo call it.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
