#!/usr/bin/env bash
# Tries mutated scenario files in parsing and validation, 1,000,000 unless a number is
# given, and lets a tenth as many generated scenarios enter the player. None may panic, and
# a file that hangs is not ended by this script. `cargo test` does the same with few.
set -euo pipefail
cd "$(dirname "$0")/.."
files=${1:-1000000}
tests=(cargo test -p dht-fuzz --test it -- --nocapture)
FILES=$files "${tests[@]}" mutated_files_are_files_or_have_problems
FILES=$((files / 10)) "${tests[@]}" generated_scenarios_enter_the_player
