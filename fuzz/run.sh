#!/bin/sh
# Fuzzes one target for some seconds: fuzz/run.sh profile 60
# Needs the nightly toolchain and `cargo install cargo-fuzz`. Starts from the samples, from what once broke something,
# and, where GOSCOPE_CORPUS names a folder, from the files in it. Exits with 0 if nothing broke; what broke is in
# fuzz/artifacts/TARGET and belongs, under a name that says what it is, into parsers/tests/broken/TARGET.
set -eu
target=$1
seconds=$2
cd "$(dirname "$0")/.."

seeds=fuzz/corpus/$target
mkdir -p "$seeds"
case $target in
profile) pattern='\.(pb|pb\.gz|pprof|debug1\.txt|folded)$' ;;
trace) pattern='\.(trace|out|test)$' ;;
*) echo "unknown target: $target" >&2; exit 2 ;;
esac
find samples "parsers/tests/broken/$target" ${GOSCOPE_CORPUS:+"$GOSCOPE_CORPUS"} -type f -size -256k 2>/dev/null |
    grep -E "$pattern|^parsers/tests/broken/" | while read -r file; do
    name=$(echo "$file" | tr / _)
    cp "$file" "$seeds/$name"
    # Flips behind a checksum find little: the inflated content as well.
    case $file in *.gz) gunzip -c "$file" > "$seeds/$name.plain" ;; esac
done

exec cargo +nightly fuzz run "$target" "$seeds" -- \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=262144
