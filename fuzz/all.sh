#!/bin/sh
# Fuzzes targets for some seconds each (60 without a number), as many at a time as there are cores:
#   fuzz/all.sh 1800                 all
#   fuzz/all.sh 1800 profile trace   these
# One line for each says how many inputs it was given; what libFuzzer says is in fuzz/artifacts/TARGET.log. Exits with 0 if
# nothing broke. See fuzz/build.sh for the targets that need the app.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
    # Above each target that needs the app is a line that says so.
    set -- $(sed -n '/feature = "app"/{n;d}; s/^ *("\([a-z_]*\)", .*/\1/p' fuzz/src/lib.rs)
    case ${GOSCOPE_FUZZ_FEATURES:-} in *app*) set -- "$@" export session ;; esac
fi
GOSCOPE_FUZZ_PROGRAM=${GOSCOPE_FUZZ_PROGRAM:-$(fuzz/build.sh)}
export GOSCOPE_FUZZ_PROGRAM seconds
mkdir -p fuzz/artifacts
printf '%s\n' "$@" | xargs -P "$(nproc)" -I TARGET sh -c '
    log=fuzz/artifacts/TARGET.log
    if ! fuzz/run.sh TARGET "$seconds" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "TARGET broke: see $log" >&2
        exit 1
    fi
    echo "TARGET: $(sed -n "s/^stat::number_of_executed_units: *//p" "$log") runs in $seconds s"'
