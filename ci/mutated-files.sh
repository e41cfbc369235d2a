#!/usr/bin/env bash
# Tries mutated scenario files in parsing and validation, 1,000,000 unless a number is
# given, and lets a tenth as many generated scenarios enter the player. None may panic, and
# a file that hangs is not ended by this script.
set -euo pipefail
cd "$(dirname "$0")/.."
files=${1:-1000000}
tests=(cargo test -p dht-fuzz --test it --)
FILES=$files "${tests[@]}" --ignored --nocapture many_mutated_files
FILES=$((files / 10)) "${tests[@]}" --ignored --nocapture many_generated_scenarios
