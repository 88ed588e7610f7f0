#!/bin/sh
# Makes pictures of the window: profile, comparison and trace, in both themes, on a usual and a large screen.
#
#   ./screenshots.sh FOLDER [GOSCOPE]             all of them, as FOLDER/trace-dark-1280x800.png and so on
#   ./screenshots.sh FOLDER GOSCOPE FILE NAME     one file of yours, as FOLDER/NAME-dark-1280x800.png and so on
#
# The real program (by default the newest of target/) runs on a virtual display and is driven by keys. The theme is
# chosen where it is kept, in window.json of a config folder made for it. Needs Xvfb, xdotool and scrot.
set -eu

samples=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
newest=$(ls -t "$samples"/../target/release/goscope "$samples"/../target/debug/goscope 2>/dev/null | head -n 1)
goscope=${2:-$newest}
[ -x "$goscope" ] || { echo "there is no goscope to take pictures of: cargo build -p goscope" >&2; exit 1; }
for tool in Xvfb xdotool scrot; do
	command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done

work=$(mktemp -d)
server= program=
# What was started here is ended here, and nothing else.
stop() {
	[ -z "$program" ] || { kill "$program" 2>/dev/null || :; wait "$program" 2>/dev/null || :; program=; }
	[ -z "$server" ] || { kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; server=; }
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

export LIBGL_ALWAYS_SOFTWARE=1 HOME="$work" XDG_CONFIG_HOME="$work"
unset WAYLAND_DISPLAY

# settled: waits until two pictures in a row are the same.
settled() {
	before=
	for _ in $(seq 120); do
		sleep 0.4
		scrot --overwrite "$work/screen.png"
		now=$(cksum <"$work/screen.png")
		[ "$now" != "$before" ] || return 0
		before=$now
	done
}

# open THEME WIDTH HEIGHT FILE...: the window on a screen of this size.
open() {
	theme=$1 width=$2 height=$3
	shift 3
	mkdir -p "$work/goscope"
	printf '{"theme":"%s"}\n' "$theme" >"$work/goscope/window.json"
	# It chooses a number that is free, and says it when it listens. Without -noreset it begins anew, and turns
	# programs away meanwhile, each time that the last one has gone.
	: >"$work/display"
	Xvfb -displayfd 1 -screen 0 "${width}x${height}x24" -nolisten tcp -noreset >"$work/display" 2>/dev/null &
	server=$!
	for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
	"$goscope" "$@" >/dev/null 2>&1 &
	program=$!
	window=
	for _ in $(seq 300); do
		window=$(xdotool search --onlyvisible --name goscope 2>/dev/null | head -n 1) && [ -n "$window" ] && break
		sleep 0.2
	done
	[ -n "$window" ] || { echo "the window of goscope does not open" >&2; exit 1; }
	# Nobody manages windows here.
	xdotool windowsize --sync "$window" "$width" "$height" windowmove "$window" 0 0 windowfocus "$window"
	xdotool mousemove $((width - 1)) $((height - 1))
	settled
}

# keys KEY...: presses keys, one after the other.
keys() {
	for key in "$@"; do xdotool key "$key"; sleep 0.2; done
}

# pick WORDS: chooses from a list that opens. What is typed before it is open would be keys of the window.
pick() {
	settled
	xdotool type --delay 80 "$1"
	settled
	keys Return
}

picture() {
	settled
	cp "$work/screen.png" "$folder/$1"
	echo "$folder/$1"
	stop
}

for size in "1280 800" "2560 1440"; do
	width=${size% *} height=${size#* }
	for theme in light dark; do
		choice=$(echo "$theme" | sed 's/l/L/; s/d/D/')
		end=$theme-${width}x$height.png
		if [ $# -ge 4 ]; then
			open "$choice" "$width" "$height" "$3"
			picture "$4-$end"
			continue
		fi
		open "$choice" "$width" "$height" "$samples/pprof/cpu-labels.pb.gz"
		keys Down Down Down Down
		picture "profile-$end"

		open "$choice" "$width" "$height" "$samples/diff/base1.cpu.pb.gz" "$samples/diff/head1.cpu.pb.gz"
		keys ctrl+k
		pick "compare with"
		pick "base1"
		picture "diff-$end"

		open "$choice" "$width" "$height" "$samples/trace/latency-go1.27.trace"
		keys w w d
		# A request that waits for a lock; the arrow leads to who has it.
		x=$((208 + (width * 78 / 100 - 208) * 14 / 100)) y=$((76 + (height - 98) * 13 / 100 + 154))
		# Drawn by the processor, a frame of a large screen takes its time: one event a frame.
		settled
		for event in "mousemove $x $y" "mousedown 1" "mouseup 1"; do
			# The words of an event are meant to be split.
			xdotool $event
			# Longer between down and up would be no click.
			sleep 0.4
		done
		xdotool mousemove $((width - 1)) $((height - 1))
		picture "trace-$end"
	done
done
