#!/bin/sh
# Fuzzes one target for some seconds: fuzz/run.sh profile 60
# Needs the nightly toolchain and `cargo install cargo-fuzz`. Starts from the samples, from what once broke something,
# and, where GOSCOPE_CORPUS names a folder, from the files in it. Exits with 0 if nothing broke; what broke is in
# fuzz/artifacts/TARGET and belongs, under a name that says what it is, into the tests: parsers/tests/broken/profile,
# parsers/tests/trace_broken, parsers/tests/all/dump.rs, or fuzz/seeds/TARGET with a test beside the fixed code.
set -eu
target=$1
seconds=$2
cd "$(dirname "$0")/.."

# Small inputs only: the fuzzer finds most with many short runs, and every rule can be broken in a few kilobytes.
max_bytes=32768

seeds=fuzz/corpus/$target
mkdir -p "$seeds"
profiles='\.(pb|pb\.gz|pprof|debug1\.txt|folded|otlp|otlp\.json|speedscope\.json|firefox\.json|cpuprofile|perf\.txt)$'
traces='\.(trace|out|test)$'
features=
case $target in
profile | interop) pattern=$profiles broken=parsers/tests/broken/profile ;;
dump) pattern='(dumps/.*|debug2\.txt|debugging/.*\.(txt|log))$' broken=parsers/tests/broken/dump ;;
trace | pieces | cut) pattern=$traces broken=parsers/tests/trace_broken ;;
coverage) pattern='(coverage/.*|covmeta.*|covcounters.*|cover.*\.(out|txt))$' broken=fuzz/seeds/coverage ;;
test_events) pattern='(testing/json/.*|test.*\.(json|txt))$' broken=fuzz/seeds/test_events ;;
bench) pattern='bench.*\.(txt|out)$' broken=fuzz/seeds/bench ;;
queries) pattern='\.(goscope|diff|patch)$' broken=fuzz/seeds/queries features='--features app' ;;
*) echo "unknown target: $target" >&2; exit 2 ;;
esac
# Bombs stay what the tests are for: each run of one takes seconds here.
find samples "$broken" ${GOSCOPE_CORPUS:+"$GOSCOPE_CORPUS"} -type f -size -"$max_bytes"c ! -name '*bomb*' 2>/dev/null |
    grep -E "$pattern|^$broken/" | while read -r file; do
    name=$(echo "$file" | tr / _)
    cp "$file" "$seeds/$name"
    # Flips behind a checksum find little: the inflated content as well.
    case $file in *.gz) gunzip -c "$file" > "$seeds/$name.plain" || rm -f "$seeds/$name.plain" ;; esac
done
chmod -R u+w "$seeds"

# Leaks are not looked for: threads that live on are taken for some.
exec cargo +nightly fuzz run $features "$target" "$seeds" -- \
    -detect_leaks=0 -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len="$max_bytes" -print_final_stats=1
