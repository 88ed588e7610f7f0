"""What `run.py` needs before it can measure: programs and inputs. Both are kept and used again."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
MB = 1_000_000

if sys.version_info < (3, 9):
    sys.exit("bench: this needs Python 3.9.")


UNITS = {
    "trace": "MB",
    "profile": "samples",
    "benchmarks": "results",
    "coverage": "lines",
    "dump": "goroutines",
    "store": "profiles",
}
# What fleetgen makes: samples of a profile, each with two values; and a function that many services call.
SAMPLES_A_PROFILE = 1000
ROWS_A_PROFILE = 2 * SAMPLES_A_PROFILE
FLEET_FUNCTION = "example.com/library/part8.step14000"
BENCHSTAT = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"


@dataclass(frozen=True)
class Input:
    kind: str  # trace; profile, benchmarks: two of them, for a comparison; coverage: a profile inside its module; dump; store: files, and a store of them
    size: int  # megabytes, samples, result lines, lines, goroutines, or profiles
    files: list[Path]

    @property
    def name(self) -> str:
        return f"{self.size:,} {UNITS[self.kind]}"


def fail(sentence: str) -> NoReturn:
    sys.exit(f"bench: {sentence}")


def run_tool(argv: list[str], folder: Path = HERE) -> None:
    """Runs a compiler or a generator; what it has to say is seen."""
    print("bench:", *argv, file=sys.stderr)
    # Go must not fetch another version of itself for the sake of a go.mod.
    if subprocess.run(argv, cwd=folder, env={**os.environ, "GOTOOLCHAIN": "local"}, stdout=sys.stderr).returncode:
        fail(f"{Path(argv[0]).name} failed; its message is above.")


def output_of(*argv: str | Path) -> str:
    done = subprocess.run(argv, cwd=HERE, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else fail(f"{argv[0]} {argv[1]} failed. {done.stderr.strip()}")


def build_goscope() -> Path:
    if not shutil.which("cargo"):
        fail("there is no cargo to build goscope; name a ready one with --goscope.")
    run_tool(["cargo", "build", "--release", "--no-default-features", "-p", "goscope"])
    return HERE / os.environ.get("CARGO_TARGET_DIR", "../target") / "release/goscope"  # from where cargo ran


def build_go_programs(folder: Path) -> None:
    """Generators and peers. Go's tools are built as programs because `go tool` itself takes time and memory."""
    folder.mkdir(parents=True, exist_ok=True)
    # The reader is internal to Go's library: by an overlay, the program stands inside it for the time of the build.
    place = f"{output_of('go', 'env', 'GOROOT')}/src/internal/trace/zzbareloop/main.go"
    overlay = folder / "overlay.json"
    overlay.write_text(json.dumps({"Replace": {place: f"{HERE}/bareloop/main.go"}}))
    run_tool(["go", "build", "-o", f"{folder}/", "./..."], HERE / "go")
    run_tool(["go", "build", f"-overlay={overlay}", "-o", f"{folder}/bareloop", "internal/trace/zzbareloop"])
    run_tool(["go", "build", "-o", f"{folder}/", "cmd/pprof", "cmd/trace", "cmd/cover"])
    if not (folder / "benchstat").exists():  # from the module proxy: where there is none, its row says so
        argv = ["go", "install", BENCHSTAT]
        print("bench:", *argv, file=sys.stderr)
        subprocess.run(argv, cwd=HERE, env={**os.environ, "GOTOOLCHAIN": "local", "GOBIN": str(folder)})
    (folder / "go.version").write_text(output_of("go", "version") + "\n")  # for a machine that the folder is carried to


def find_programs(options: argparse.Namespace) -> dict[str, Path]:
    """What there is of goscope, peers and generators. A peer that is missing is seen in the table."""
    folder = options.cache / "bin"
    if shutil.which("go"):
        build_go_programs(folder)
    generators = options.generators or folder
    paths = {
        "goscope": options.goscope or build_goscope(),
        "bareloop": options.bare_loop or folder / "bareloop",
        "gzip": Path(shutil.which("gzip") or "gzip"),
        **{name: folder / name for name in ("pprof", "trace", "cover", "benchstat")},
        **{name: generators / name for name in ("tracegen", "profilegen", "fleetgen")},
    }
    needed = ("goscope", options.bare_loop and "bareloop", options.generators and "tracegen")
    for name in filter(None, needed):
        if not paths[name].is_file():
            fail(f"there is no program {paths[name]}.")
    return {name: path.resolve() for name, path in paths.items() if path.is_file()}


def make_inputs(options: argparse.Namespace, programs: dict[str, Path]) -> list[Input]:
    """Inputs from an earlier call are used again."""

    def make(name: str, generator: str, *flags: str) -> Path:
        path: Path = options.cache / ("smoke" if options.smoke else ".") / name
        if not path.exists():
            if generator not in programs:
                fail(f"there is no {path} and no {generator} to make it; install Go or use --generators.")
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            run_tool([str(programs[generator]), *flags, "-o", str(unfinished)])
            unfinished.rename(path)
        for part in sorted(path.iterdir()) if path.is_dir() else [path]:
            with part.open("rb", buffering=0) as file:  # so that the first command finds it in memory, as all others do
                while file.read(MB):
                    pass
        return path

    def trace(size: int) -> Input:
        return Input("trace", size, [make(f"{size}mb.trace", "tracegen", "-mb", str(size))])

    def profile(count: int) -> Input:
        flags = ["-samples", str(count), *(("-functions", "1000") if options.smoke else ())]
        runs = {"base": "1", "head": "2"}
        files = [make(f"{count}.{name}.pb.gz", "profilegen", *flags, "-run", run) for name, run in runs.items()]
        return Input("profile", count, files)

    def coverage(count: int) -> Input:
        folder = options.cache / ("smoke" if options.smoke else ".") / f"{count}.coverage"
        if not folder.exists():
            print(f"bench: making {folder}", file=sys.stderr)
            unfinished = folder.with_suffix(".unfinished")
            make_module(unfinished, count)
            unfinished.rename(folder)
        (folder / "cover.out").read_bytes()  # as above
        return Input("coverage", count, [folder / "cover.out"])

    def text(name: str, lines: Iterable[str]) -> Path:
        path: Path = options.cache / ("smoke" if options.smoke else ".") / name
        if not path.exists():
            print(f"bench: making {path}", file=sys.stderr)
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            with unfinished.open("w") as file:
                file.writelines(lines)
            unfinished.rename(path)
        path.read_bytes()  # as above
        return path

    def benchmarks(count: int) -> Input:
        return Input("benchmarks", count, [text(f"{count}.{run}.txt", results(count, run)) for run in ("base", "head")])

    def dump(count: int) -> Input:
        return Input("dump", count, [text(f"{count}.goroutines.txt", goroutines(count))])

    def store(count: int) -> Input:
        folder = make(f"{count}.fleet", "fleetgen", "-profiles", str(count), "-rows", str(SAMPLES_A_PROFILE))
        kept: Path = folder.with_suffix(".store")
        if not kept.exists():
            run_tool([str(programs["goscope"]), "store", "add", str(kept), str(folder)])
        return Input("store", count, [folder, kept])

    made = [
        ("trace", trace, options.sizes),
        ("profile", profile, options.samples),
        ("benchmarks", benchmarks, options.results),
        ("coverage", coverage, options.lines),
        ("dump", dump, options.goroutines),
        ("store", store, options.profiles),
    ]
    return [make_one(size) for kind, make_one, sizes in made if options.only in (None, kind) for size in sizes]


def results(count: int, run: str) -> Iterator[str]:
    """What `go test -bench . -benchmem -count 10` prints: every 50th benchmark of the head is slower."""
    chance = random.Random(run)
    yield "goos: linux\ngoarch: amd64\npkg: example.com/large\ncpu: any\n"
    for number in range(max(1, count // 10)):
        middle = 100 * (1 + number % 977) * (1.2 if run == "head" and number % 50 == 0 else 1)
        for _ in range(10):
            nanos = middle * chance.lognormvariate(0, 0.03)
            yield f"BenchmarkOf{number}/size={number % 7}-8\t{number + 1000}\t{nanos:.1f} ns/op\t{number * 16} B/op\t{number % 9} allocs/op\n"


def goroutines(count: int) -> Iterator[str]:
    """What `debug=2` prints of a server: some hundred stacks, with arguments that differ."""
    chance = random.Random(1)
    for number in range(count):
        kind = min(int(chance.paretovariate(0.8)), 400)
        state = ("chan receive", "select", "IO wait", "sync.Mutex.Lock", "chan send")[kind % 5]
        wait = f", {number % 40} minutes" if number % 3 else ""
        yield f"goroutine {number + 1} [{state}{wait}]:\n"
        for depth in range(3 + kind % 6):
            at = f"0xc{chance.getrandbits(36):09x}"
            yield f"example.com/large/part{kind % 37}.(*Server).step{depth}of{kind}({at}, {{{at}, 0x{kind:x}}})\n"
            yield f"\t/src/example.com/large/part{kind % 37}/server.go:{10 * depth + kind} +0x{kind + depth:x}\n"
        yield f"created by example.com/large.(*Pool).start{kind % 50} in goroutine {1 + number % 97}\n"
        yield f"\t/src/example.com/large/pool.go:{kind} +0x1c5\n\n"


def make_module(folder: Path, n_lines: int) -> None:
    """A Go module, and a coverage profile of it as `-coverpkg` writes it: each block once for each of five test binaries."""
    n_binaries, n_blocks = 5, 100  # of a file
    function = "\nfunc f{0}(x int) int {{\n" + "\tif x > {0} {{\n\t\tx++\n\t}}\n" * 5 + "\treturn x\n}}\n"  # 18 lines
    blocks: list[str] = []
    for number in range(max(1, n_lines // (n_binaries * n_blocks))):
        package, name = f"pkg{number // 10}", f"file{number}.go"
        (folder / package).mkdir(parents=True, exist_ok=True)
        text = f"package {package}\n" + "".join(function.format(at) for at in range(n_blocks // 10))
        (folder / package / name).write_text(text)
        for at in range(n_blocks):
            line = 4 + 19 * (at // 10) + at % 10  # ten blocks in each function
            blocks.append(f"example.com/large/{package}/{name}:{line}.2,{line}.{9 + at % 7} {at % 4 + 1} ")
    (folder / "go.mod").write_text("module example.com/large\n\ngo 1.22\n")
    with (folder / "cover.out").open("w") as file:
        file.write("mode: count\n")
        for binary in range(n_binaries):
            file.writelines(f"{block}{binary * at % 7}\n" for at, block in enumerate(blocks))
