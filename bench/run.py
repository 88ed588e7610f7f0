#!/usr/bin/env python3
"""Measures goscope beside Go's tools: time, CPU, memory and their ratio, on 1, 2, 4, … cores. README.md has the rest.

Needs Linux and Python 3.9, and Go or programs that were built with it elsewhere (prepare.py).
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prepare import FLEET_FUNCTION, HERE, MB, ROWS_A_PROFILE, Input, fail, find_programs, make_inputs, output_of

Row = dict[str, Any]  # of the table and, as it is, of the JSON


@dataclass(frozen=True)
class Command:
    """What is measured. Its first word is a program that `prepare.py` finds, {a} and {b} are inputs."""

    name: str
    line: str
    peer: str = ""  # the command of Go's that does the same
    largest: float = math.inf  # size of input; above it, the command takes minutes or gigabytes
    largest_of_all: float = math.inf  # the same with --all
    found: int = 0  # the exit code that says that something was found, and is no failure


LOOP, SCHED, GZIP = "Go's bare reader loop", "go tool trace -pprof=sched", "gzip -dc"
COVER, BENCHSTAT = "go tool cover -func", "benchstat"
TOP, PROTO, DIFF = "go tool pprof -top", "go tool pprof -proto", "go tool pprof -top -diff_base"
COMMANDS = {
    "trace": (
        Command("goscope info", "goscope info {a}", LOOP),
        Command("goscope trace summary", "goscope trace summary {a}", LOOP),
        Command("goscope trace latency", "goscope trace latency {a}", LOOP),
        Command("goscope trace why", "goscope trace why {a}", LOOP),
        Command("goscope trace findings", "goscope trace findings {a}", LOOP, found=1),
        Command(LOOP, "bareloop {a}"),
        Command("goscope trace profile --kind sched", "goscope trace profile --kind sched -o /dev/null {a}", SCHED),
        Command(SCHED, "trace -pprof=sched {a}", largest=0, largest_of_all=30),  # a hundred bytes of memory for each byte
    ),
    "profile": (
        Command("goscope top", "goscope top {a}", TOP),
        Command(TOP, "pprof -symbolize=none -top {a}", largest=100_000),
        Command("goscope pprof -proto", "goscope pprof -proto {a}", PROTO),
        Command(PROTO, "pprof -symbolize=none -proto {a}", largest=100_000),
        Command("goscope diff", "goscope diff {a} {b}", DIFF),
        Command("goscope diff --totals", "goscope diff --totals {a} {b}", DIFF),
        Command(DIFF, "pprof -symbolize=none -top -diff_base={a} {b}", largest=100_000),
        Command("goscope svg", "goscope svg -o /dev/null {a}"),
        Command(GZIP, "gzip -dc {a}"),  # does no more than inflate: a floor for one core
    ),
    "benchmarks": (
        Command("goscope benchstat", "goscope benchstat {a} {b}", BENCHSTAT),
        Command("goscope diff", "goscope diff {a} {b}", BENCHSTAT),
        Command(BENCHSTAT, "benchstat {a} {b}"),
    ),
    "store": (  # a day of profiles of twenty services; {a} is the folder of files, {b} the store made of them, {new} a new one
        Command("goscope store add", "goscope store add {new} {a}"),
        Command("goscope top, all of a day", "goscope top store:{b}?service=*"),
        Command("goscope svg, a service", "goscope svg store:{b}?service=service-00 -o /dev/null"),
        Command("goscope top, a service, 1 h", "goscope top store:{b}?service=service-00&from=2026-11-25T12:00Z&to=2026-11-25T13:00Z"),
        Command("goscope query share", "goscope query share store:{b}?service=service-00 --function {function} --by hour"),
        Command("goscope query find", "goscope query find store:{b}?service=* --function {function}"),
        Command("goscope diff of versions", "goscope diff {base} {head}"),
    ),
    "dump": (Command("goscope goroutines", "goscope goroutines {a}", found=1),),
    "coverage": (  # run inside the module
        Command("goscope cover func", "goscope cover func {a}", COVER),
        Command("goscope cover merge", "goscope cover merge -o /dev/null {a}"),
        Command(COVER, "cover -func={a}"),
    ),
}


def usable_cores() -> list[int]:
    """The cores this process may use, first one thread of each physical core."""

    def rank(core: int) -> tuple[bool, int]:
        path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
        siblings = path.read_text().replace("-", ",").split(",") if path.exists() else [core]
        return (int(siblings[0]) != core, core)

    return sorted(os.sched_getaffinity(0), key=rank)


def measure(argv: list[str], place: Path, cores: list[int], found: int = 0) -> dict[str, float]:
    """One run in a folder, on these cores: seconds, and megabytes at the peak. Raises what went wrong."""
    # What would change how many threads are used, and how much memory.
    unwanted = ("RAYON_NUM_THREADS", "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG")
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    everywhere = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        env |= {"TZ": "UTC", "PPROF_TMPDIR": folder, "GOTOOLCHAIN": "local"}
        os.sched_setaffinity(0, cores)  # the child inherits it
        try:
            start = time.perf_counter()
            child = subprocess.Popen(argv, cwd=place, stdout=subprocess.DEVNULL, stderr=errors, env=env)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
        finally:
            os.sched_setaffinity(0, everywhere)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, found):
            errors.seek(0)
            lines = errors.read().decode(errors="replace").split("\n")
            raise RuntimeError(f"exit code {child.returncode}: {lines[0] or 'no message'}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss * 1024 / MB}


def empty_row(options: argparse.Namespace, programs: dict[str, Path], data: Input, command: Command) -> Row:
    """A row before anything is measured, with the reason if nothing will be."""
    missing = ""
    if command.line.split()[0] not in programs:
        missing = "not installed"
    elif data.size > (command.largest_of_all if options.all else command.largest):
        missing = "left out: too large" if options.all else "left out without --all"
    row = {"kind": data.kind, "input": data.name, "size": data.size, "bytes": data.files[0].stat().st_size}
    return row | {"command": command.name, "missing": missing, "runs": []}


def measure_all(options: argparse.Namespace, programs: dict[str, Path], data: Input, cores: list[int]) -> list[Row]:
    """All commands for one input: one run of each, then the next run, so that what else goes on falls on all of them."""
    commands = COMMANDS[data.kind]
    rows = {command.name: empty_row(options, programs, data, command) | {"cores": len(cores)} for command in commands}
    for number in range(options.runs):
        print(f"bench: {data.name}, cores {cores}, run {number + 1} of {options.runs}", file=sys.stderr)
        for command in commands:
            row = rows[command.name]
            if not row["missing"]:
                program, *words = command.line.split()
                new = data.files[-1].with_suffix(".new")
                shutil.rmtree(new, ignore_errors=True)
                names = {"a": data.files[0], "b": data.files[-1], "new": new, "function": FLEET_FUNCTION}
                for side, version in (("base", 3), ("head", 4)):
                    names[side] = f"store:{data.files[-1]}?service=service-00&version=service-00-1.{version}"
                words = [word.format(**names) for word in words]
                try:
                    argv, place = [str(programs[program]), *words], data.files[0].parent
                    row["runs"].append(measure(argv, place, cores, command.found))
                except (OSError, RuntimeError) as error:
                    row["missing"] = f"failed: {error}"
                if new.exists():
                    row["disk_bytes"] = sum(path.stat().st_size for path in new.rglob("*.parquet"))
                    shutil.rmtree(new)
    for row in rows.values():
        if not row["missing"]:
            row |= {key: statistics.median(run[key] for run in row["runs"]) for key in row["runs"][0]}
    for command in commands:
        if command.name.startswith("goscope") and not rows[command.name]["missing"]:
            compare(rows[command.name], {"go": rows.get(command.peer), "gzip": rows.get(GZIP)})
    return list(rows.values())


def compare(row: Row, peers: dict[str, Row | None]) -> None:
    """Adds to a row of goscope its ratios, and for a trace whether its memory is what is promised."""
    for name, peer in peers.items():
        if peer and not peer["missing"]:
            ratios = {key: row[key] / max(peer[key], 1e-3) for key in ("wall_s", "cpu_s", "rss_mb")}
            row[f"of_{name}"] = {"peer": peer["command"], **ratios}
    if row["kind"] == "trace":
        row["limit_mb"] = 2 * row["bytes"] / MB + 60
        row["holds"] = row["rss_mb"] <= row["limit_mb"]


HEADER = "| input | cores | command | wall s | CPU s | MB | wall ÷ Go | CPU ÷ Go | |\n|--:|--:|---|--:|--:|--:|--:|--:|---|"


def line_of_table(row: Row) -> str:
    figures, notes = ["–"] * 5, [row["missing"]]
    if not row["missing"]:
        digits = 3 if row["wall_s"] < 0.1 else 2
        figures[:3] = f"{row['wall_s']:.{digits}f}", f"{row['cpu_s']:.{digits}f}", f"{row['rss_mb']:.0f}"
    if "of_go" in row:
        figures[3:] = f"{row['of_go']['wall_s']:.3f}", f"{row['of_go']['cpu_s']:.3f}"
    if "of_gzip" in row:
        notes.append(f"{row['of_gzip']['wall_s']:.2f} of gzip's time, {row['of_gzip']['cpu_s']:.2f} of its CPU")
    if "holds" in row:
        notes.append(f"{'within' if row['holds'] else 'ABOVE'} {row['limit_mb']:.0f} MB")
    if "disk_bytes" in row:
        notes.append(f"{row['disk_bytes'] / MB:.0f} MB on disk, {row['disk_bytes'] / row['size'] / ROWS_A_PROFILE:.2f} bytes a row")
    name = f"{row['input']:>17} | {row['cores']:2} | {row['command']:34}"
    return f"| {' | '.join([name, *(f'{figure:>7}' for figure in figures)])} | {' '.join(notes).strip()} |"


def describe(options: argparse.Namespace, programs: dict[str, Path]) -> dict[str, str]:
    """Where, when and with what is measured."""

    def field(path: str, key: str) -> str:
        lines = Path(path).read_text().splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")

    go_version = options.cache / "bin/go.version"
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) * 1024 / 1e9
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{field('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f}",
        "goscope": output_of(programs["goscope"], "--version"),
        "go": go_version.read_text().strip() if go_version.exists() else "unknown",
    }


def parse_options() -> argparse.Namespace:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) == 0:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
        return int(text)

    def numbers(text: str) -> list[int]:
        return [number(word) for word in text.split(",")]

    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--goscope", type=Path, metavar="PATH", help="a ready goscope (default: built here, without the window)")
    add("--sizes", type=numbers, default=[30, 100, 500], metavar="LIST", help="of the traces in MB (default: 30,100,500)")
    add("--samples", type=numbers, default=[10**5, 10**6], metavar="LIST", help="of the profiles (default: 100000,1000000)")
    add("--lines", type=numbers, default=[10**6], metavar="LIST", help="of the coverage profiles (default: 1000000)")
    add("--results", type=numbers, default=[10**4], metavar="LIST", help="lines of benchmarks a side (default: 10000)")
    add("--goroutines", type=numbers, default=[10**5], metavar="LIST", help="of the dumps (default: 100000)")
    add("--profiles", type=numbers, default=[5000], metavar="LIST", help="of the stores (default: 5000)")
    add("--cores", type=numbers, metavar="LIST", help="how many are used (default: 1,2,4,… and all)")
    add("--runs", type=number, default=3, metavar="N", help="of each command; the median counts (default: 3)")
    add("--only", choices=tuple(COMMANDS), help="leave out the other kinds of input")
    add("--all", action="store_true", help="also Go's tools where they take minutes or gigabytes")
    add("--smoke", action="store_true", help="tiny inputs, every command once on one core: does everything work?")
    add("--json", type=Path, metavar="FILE", help="also write the results, with every run, to FILE")
    kept = HERE.parent / "target/bench"
    add("--cache", type=Path, default=kept, metavar="DIR", help="for inputs and programs (default: target/bench)")
    add("--bare-loop", type=Path, metavar="PATH", help="a ready program of bareloop/")
    add("--generators", type=Path, metavar="DIR", help="a folder with the ready programs of go/")
    options = parser.parse_args()
    if options.smoke:
        options.sizes, options.samples, options.lines = [1], [1000], [1000]
        options.results, options.goroutines, options.profiles = [100], [1000], [40]
        options.cores, options.runs, options.all = [1], 1, True
    options.cache = options.cache.resolve()
    return options


def keep(options: argparse.Namespace, result: dict[str, Any]) -> None:
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    if not hasattr(os, "sched_setaffinity"):
        fail("only Linux can run a program on some of the cores and tell its memory.")
    options, cores = parse_options(), usable_cores()
    counts = options.cores or sorted({2**power for power in range(len(cores).bit_length())} | {len(cores)})
    if max(counts) > len(cores):
        fail(f"--cores {max(counts)} is more than the {len(cores)} there are.")
    programs = find_programs(options)
    inputs = make_inputs(options, programs)
    result: dict[str, Any] = {**describe(options, programs), "runs": options.runs, "results": []}
    keep(options, result)
    print(*(f"{key}: {value}  " for key, value in result.items() if key != "results"), "", HEADER, sep="\n", flush=True)
    for data in inputs:
        for count in counts:
            rows = measure_all(options, programs, data, cores[:count])
            print(*map(line_of_table, rows), sep="\n", flush=True)
            result["results"] += rows
            keep(options, result)  # after every group, so that nothing is lost if someone stops the rest
    if any(row["missing"].startswith("failed") for row in result["results"]):
        fail("some commands failed; the table says which.")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}." if error.filename else str(error))
    except KeyboardInterrupt:
        fail("stopped.")
