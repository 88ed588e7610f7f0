#!/bin/sh
# Builds all targets as one program for libFuzzer and prints its path. Any Rust and a C++ compiler do.
#
#   GOSCOPE_FUZZ_FEATURES=app      with the targets that need the app, which takes longer to build than all else
#   GOSCOPE_FUZZ_ADDRESS=1         with AddressSanitizer, which needs nightly Rust
#
# The profile is that of the tests, so that overflows are found and what is read often is optimized.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
folder=target/fuzz
toolchain=
# What cargo-fuzz asks of the compiler: count each edge, and tell libFuzzer what is compared with what.
flags='--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares'
if [ -n "${GOSCOPE_FUZZ_ADDRESS:-}" ]; then
    toolchain=+nightly folder=target/fuzz/address flags="$flags -Zsanitizer=address"
fi
# With a target, build scripts and macros are not counted.
RUSTFLAGS=$flags CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=${CARGO_PROFILE_DEV_DEBUG:-0} \
    cargo $toolchain build --quiet --locked -p goscope-fuzz --no-default-features \
    --features "${GOSCOPE_FUZZ_FEATURES:-}" --target "$host" --target-dir "$folder" >&2
echo "$folder/$host/debug/goscope-fuzz"
