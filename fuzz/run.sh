#!/bin/sh
# Fuzzes one target for some seconds: fuzz/run.sh profile 60
# Builds it (fuzz/build.sh) unless GOSCOPE_FUZZ_PROGRAM names what was built. GOSCOPE_FUZZ_SEED is where chance begins. Starts from the samples, from what once broke
# something, from fuzz/seeds/TARGET, and, where GOSCOPE_CORPUS names a folder, from the files in it. Exits with 0 if nothing
# broke; what broke is in fuzz/artifacts/TARGET and belongs, under a name that says what it is, into
# parsers/tests/broken/profile or fuzz/seeds/TARGET, which all targets are tested with, and into a test beside the fixed code.
set -eu
target=$1
seconds=$2
cd "$(dirname "$0")/.."
program=${GOSCOPE_FUZZ_PROGRAM:-$(fuzz/build.sh)}

# Small inputs only: the fuzzer finds most with many short runs, and every rule can be broken in a few kilobytes.
max_bytes=32768

profiles='\.(pb|pb\.gz|pprof|debug1\.txt|folded|otlp|otlp\.json|speedscope\.json|firefox\.json|cpuprofile|perf\.txt)$'
traces='\.(trace|out|test)$'
case $target in
profile | interop) pattern=$profiles ;;
export) pattern="$profiles|$traces" ;;
dump) pattern='(dumps/.*|debug2\.txt|debugging/.*\.(txt|log))$' ;;
trace | pieces | cut | model) pattern=$traces ;;
coverage) pattern='(coverage/.*|covmeta.*|covcounters.*|cover.*\.(out|txt))$' ;;
test_events) pattern='(testing/json/.*|test.*\.(json|txt))$' ;;
bench) pattern='bench.*\.(txt|out)$' ;;
queries) pattern='\.(diff|patch)$' ;;
session) pattern='\.goscope(\.zip)?$' ;;
store) pattern='\.parquet$' ;;
made_profile | made_trace) pattern='^$' ;;
*) echo "unknown target: $target" >&2; exit 2 ;;
esac
seeds=$target
case $target in pieces | cut | model | export) seeds=trace ;; esac
corpus=fuzz/corpus/$target
artifacts=fuzz/artifacts/$target
mkdir -p "$corpus" "$artifacts"
# Stores are made there, a thousand times a minute.
temporary=$(mktemp -d -p "$(test -w /dev/shm && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$temporary"' EXIT
# Bombs stay what the tests are for: each run of one takes seconds here.
find samples parsers/tests/broken fuzz/seeds/"$seeds" ${GOSCOPE_CORPUS:+"$GOSCOPE_CORPUS"} \
    -type f -size -"$max_bytes"c ! -name '*bomb*' 2>/dev/null |
    grep -E "$pattern|^fuzz/seeds/" | while read -r file; do
    name=$(echo "$file" | tr / _)
    cp "$file" "$corpus/$name"
    # Flips behind a checksum find little: the inflated content as well.
    case $file in *.gz) gunzip -c "$file" > "$corpus/$name.plain" || rm -f "$corpus/$name.plain" ;; esac
done
chmod -R u+w "$corpus"

# Leaks are not looked for: threads that live on are taken for some.
GOSCOPE_FUZZ_TARGET=$target TMPDIR=$temporary "$program" "$corpus" -artifact_prefix="$artifacts/" \
    -detect_leaks=0 ${GOSCOPE_FUZZ_SEED:+-seed="$GOSCOPE_FUZZ_SEED"} -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len="$max_bytes" -print_final_stats=1
