#!/bin/sh
# Fuzzes every target for some seconds (60 without a number), one after another: fuzz/all.sh 1800
# Exits with 0 if nothing broke. See fuzz/run.sh.
set -eu
cd "$(dirname "$0")"
for target in fuzz_targets/*.rs; do
    name=$(basename "$target" .rs)
    echo "=== $name"
    ./run.sh "$name" "${1:-60}" || { echo "$name broke: see fuzz/artifacts/$name" >&2; exit 1; }
done
