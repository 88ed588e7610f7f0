//! A folder with a file of every kind of input, in which every name that can be chosen is a nasty one.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use goscope_parsers::pprof::{Line, Profile, ProfileBuilder, encode_profile};
use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, Input, Place, Writer};
use goscope_test_support::made::Made;
use goscope_test_support::nasty::{NASTY, on_a_line};
use serde_json::json;

/// How many profiles a side has for a verdict.
pub(crate) const N_RUNS: usize = 4;

/// How often each task is in a trace that is compared.
const COPIES: usize = 40;

/// Writes all files into a folder.
pub(crate) fn write_inputs(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file is written");
    for run in 0..N_RUNS {
        write(&format!("base{run}.pb.gz"), &encode_profile(&profile(1, run)));
        write(&format!("head{run}.pb.gz"), &encode_profile(&profile(2, run)));
    }
    write("shop.trace", &trace(1, 1));
    write("many.trace", &trace(1, COPIES));
    write("later.trace", &trace(4, COPIES));
    write("source.go", source().as_bytes());
    write("cover.out", coverage().as_bytes());
    write("old.out", coverage().replace(" 0\n", " 7\n").as_bytes());
    write("tests.json", test_events().as_bytes());
    write("tests.txt", test_text().as_bytes());
    write("bench-base.txt", benchmarks(100).as_bytes());
    write("bench-head.txt", benchmarks(200).as_bytes());
    write("explain.txt", explained(1000).as_bytes());
    write("new.txt", explained(2000).as_bytes());
    write("explain-base.pb.gz", &encode_profile(&explained_profile(1)));
    write("explain.pb.gz", &encode_profile(&explained_profile(2)));
    write("dump.txt", dump(0).as_bytes());
    write("dump-later.txt", dump(5).as_bytes());
    write("race.txt", race().as_bytes());
    write_module(&folder.join("module"));
    write("module.out", module_coverage().as_bytes());
    write("shop.goscope", session().as_bytes());
    write_store(folder);
}

/// A store of profiles of services, versions and instances that are called so, and of a trace.
fn write_store(folder: &Path) {
    let mut writer = Writer::open(&Place::Folder(folder.join("profiles"))).expect("a store");
    for (number, name) in NASTY.iter().enumerate() {
        let own = folder.join(format!("own{number}.pb"));
        // Equal profiles would be one.
        fs::write(&own, encode_profile(&profile(1, number + 1000))).expect("a file is written");
        let files =
            if number == 0 { vec![own.clone(), folder.join("shop.trace")] } else { vec![own.clone()] };
        let input = |path: &PathBuf| {
            let path = path.clone();
            let open = move || FileBytes::open(&path).map_err(|error| error.to_string());
            Input { name: (*name).to_owned(), may_be_other: false, open: Box::new(open) }
        };
        let inputs: Vec<Input<'_>> = files.iter().map(input).collect();
        let labels = ["service", "version", "name", name].map(|key| (key.to_owned(), (*name).to_owned()));
        let options =
            AddOptions { labels: labels.to_vec(), time_nanos: Some(1), max_inflated_bytes: 1 << 30 };
        let added = writer.add(&inputs, &options, &Progress::new()).expect("added");
        assert_eq!(added.failed, [], "{name:?}");
        fs::remove_file(own).expect("removed");
    }
}

/// A sample for each name: it is a function, its file, its binary, a key and a value of a label, a comment, a type.
fn profile(factor: i64, run: usize) -> Profile {
    let mut of = ProfileBuilder::new(&[("cpu", "nanoseconds"), (NASTY[0], NASTY[1])]);
    // Comments may have several lines, and keep them: those are tested where they are made printable.
    for comment in on_a_line() {
        let comment = of.string(comment);
        of.header().comments.push(comment);
    }
    let url = of.string("http://evil.example/\x1b[31m");
    of.header().doc_url = url;
    let cpu = of.string("cpu");
    of.header().default_sample_type = cpu;
    of.header().duration_nanos = 1_000_000_000;
    let main = of.function("main.main", "source.go", 1);
    let main = of.location(None, 0, &[Line { function: main, line: 2, column: 0 }]);
    for (number, name) in NASTY.iter().enumerate() {
        let function = of.function(name, if number % 2 == 0 { name } else { "source.go" }, 1);
        let inlined = of.function(&format!("{name}.inlined"), name, 1);
        let mapping =
            of.mapping(0x40_0000 + number as u64 * 0x1000, 0x40_1000 + number as u64 * 0x1000, 0, name, name);
        let lines = [
            Line { function: inlined, line: 3, column: 0 },
            Line { function, line: 1 + number as i64, column: 0 },
        ];
        let location = of.location(Some(mapping), 0x40_0010 + number as u64 * 0x1000, &lines);
        let bare = of.location(Some(mapping), 0x40_0020 + number as u64 * 0x1000, &[]);
        let labels =
            [of.string_label("name", name), of.string_label(name, name), of.numeric_label("n", 7, name)];
        let value = factor * 10_000_000 + ((number * 7 + run * 13) % 11) as i64 * 10_000;
        of.sample(&[value, factor], &[location, main], &labels);
        of.sample(&[value / 10, factor], &[bare, main], &[]);
    }
    of.finish()
}

/// A goroutine for each name: its function, what it waits for, its task, region and logs, and its stacks. A verdict wants
/// several of each.
fn trace(factor: u64, copies: usize) -> Vec<u8> {
    let mut of = Made::new();
    for (number, name) in NASTY.iter().cycle().take(NASTY.len() * copies).enumerate() {
        let (goroutine, task) = (10_000 + number as u64, 100 + number as u64);
        of.pass(1_000)
            .create(goroutine, name)
            .block(name, name)
            .pass(2_000 + 10 * (number % 100) as u64)
            .start(goroutine);
        of.pass(500).begin_task(task, name).pass(500).begin_region(task, name).log(task, name, name);
        of.pass(200).block(name, name).pass(300).unblock(goroutine, name).start(goroutine);
        of.pass(factor * 10_000 + 100 * (number % 100) as u64)
            .end_region(task, name)
            .pass(500)
            .end_task(task);
        of.unblock(1, name).pass(300).end().pass(700).start(1);
    }
    // As many that wait to the end.
    for (number, name) in NASTY.iter().enumerate() {
        let goroutine = 1_000 + number as u64;
        of.pass(100).create(goroutine, name).block("sync", "").start(goroutine).block(name, name);
        of.pass(100).unblock(1, "").start(1);
    }
    of.pass(1_000).file()
}

/// A Go file whose lines are the names.
fn source() -> String {
    let mut text = "package main\n\nfunc main() {\n".to_owned();
    on_a_line().for_each(|name| writeln!(text, "\t// {name}").expect("text"));
    text + "}\n"
}

/// A file and a line of `source.go` for each name.
fn coverage() -> String {
    let mut text = "mode: count\n".to_owned();
    for (number, name) in on_a_line().enumerate() {
        writeln!(text, "example.com/m/{name}/{name}.go:1.1,2.2 1 {}", number % 2).expect("text");
        writeln!(text, "source.go:{0}.1,{0}.5 1 {1}", number + 4, number % 3).expect("text");
    }
    text
}

/// Names that files can have.
fn file_names() -> impl Iterator<Item = &'static str> {
    on_a_line().filter(|name| !name.contains(['/', '\0']))
}

/// A module below git with a file of each name, whose second function is not committed yet.
fn write_module(folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    fs::write(folder.join("go.mod"), "module example.com/m\n").expect("a file is written");
    let write_all = |text: &str| {
        for name in file_names() {
            fs::write(folder.join(format!("{name}.go")), text).expect("a file is written");
        }
    };
    let git = |words: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
        let output =
            Command::new("git").args(who).args(words).current_dir(folder).output().expect("git starts");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    write_all("package m\n\nfunc a() {\n}\n");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    write_all("package m\n\nfunc a() {\n}\n\nfunc <script>alert(1)</script>() {\n\tprintln(1)\n}\n");
}

fn module_coverage() -> String {
    let mut text = "mode: count\n".to_owned();
    for name in file_names() {
        writeln!(text, "example.com/m/{name}.go:3.10,4.2 1 3").expect("text");
        writeln!(text, "example.com/m/{name}.go:6.10,8.2 1 0").expect("text");
    }
    text
}

/// A package, a test, its output and its attributes for each name.
fn test_events() -> String {
    let mut text = String::new();
    let mut event = |value: serde_json::Value| writeln!(text, "{value}").expect("text");
    for name in NASTY {
        let time = "2026-01-02T03:04:05Z";
        for test in [format!("Test{name}"), name.to_string()] {
            event(json!({"Time": time, "Action": "run", "Package": name, "Test": test}));
            event(
                json!({"Time": time, "Action": "output", "Package": name, "Test": test, "Output": format!("    x_test.go:1: {name}\n")}),
            );
            event(
                json!({"Time": time, "Action": "attr", "Package": name, "Test": test, "Key": name, "Value": name}),
            );
            event(
                json!({"Time": time, "Action": "output", "Package": name, "Test": test, "Output": format!("{name}\n")}),
            );
            let last = if test.starts_with("Test") { "fail" } else { "skip" };
            event(json!({"Time": time, "Action": last, "Package": name, "Test": test, "Elapsed": 0.5}));
        }
        event(json!({"Time": time, "Action": "output", "Package": name, "Output": "FAIL\n"}));
        event(json!({"Time": time, "Action": "fail", "Package": name, "Elapsed": 0.5}));
    }
    event(json!({"ImportPath": NASTY[0], "Action": "build-output", "Output": format!("{}\n", NASTY[12])}));
    event(json!({"ImportPath": NASTY[0], "Action": "build-fail"}));
    text
}

/// The same as the text of `go test -v`.
fn test_text() -> String {
    let mut text = String::new();
    for name in on_a_line() {
        write!(text, "=== RUN   Test{name}\n    x_test.go:1: {name}\n{name}\n--- FAIL: Test{name} (0.50s)\n")
            .expect("text");
    }
    text + "FAIL\nFAIL\texample.com/m\t0.5s\n"
}

/// A benchmark for each name, with a key and a unit.
fn benchmarks(nanos: usize) -> String {
    let mut text = "goos: linux\n".to_owned();
    for name in on_a_line() {
        let word: String = name.split_whitespace().collect::<Vec<_>>().join("_");
        writeln!(text, "pkg: {name}\nnote: {name}").expect("text");
        for run in 0..6 {
            let value = nanos + run;
            writeln!(text, "Benchmark{word}/x={word}-8 \t 100\t {value} ns/op\t {value} {word}")
                .expect("text");
        }
    }
    text
}

/// Names as those of benchmarks: one word.
fn bench_words() -> impl Iterator<Item = (&'static str, String)> {
    on_a_line().map(|name| (name, name.split_whitespace().collect::<Vec<_>>().join("_")))
}

/// The output of benchmarks that [`explained_profile`] is of.
fn explained(nanos: usize) -> String {
    let mut text = "goos: linux\npkg: m\n".to_owned();
    for (_, word) in bench_words() {
        writeln!(text, "Benchmark{word}-8 \t 1000000\t {nanos} ns/op").expect("text");
    }
    text
}

/// Each benchmark calls a function of its name.
fn explained_profile(factor: i64) -> Profile {
    let mut of = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let period = of.value_type("cpu", "nanoseconds");
    of.header().period_type = Some(period);
    of.header().period = 10_000_000;
    let place = |of: &mut ProfileBuilder, name: &str| {
        let function = of.function(name, "/src/m/a_test.go", 1);
        of.location(None, 0, &[Line { function, line: 3, column: 0 }])
    };
    let outer = ["testing.(*B).runN", "testing.(*B).launch"].map(|name| place(&mut of, name));
    for (name, word) in bench_words() {
        let [inner, bench] =
            [name.to_owned(), format!("m.Benchmark{word}")].map(|name| place(&mut of, &name));
        of.sample(&[100 * factor, 1_000_000_000 * factor], &[inner, bench, outer[0], outer[1]], &[]);
    }
    of.finish()
}

/// A goroutine for each name: its state, its functions, their files, its labels.
fn dump(more: usize) -> String {
    let mut text = "panic: first\n\n".to_owned();
    for (number, name) in on_a_line().enumerate() {
        for copy in 0..2 + more {
            let id = 1 + number * 20 + copy;
            write!(
                text,
                "goroutine {id} [chan receive, 12 minutes]:\n{name}(0xc000{id:06x}, {{0x1, 0x2}})\n\t/src/{name}.go:12 +0x1f\n\
                 main.wait({name})\n\t/src/main.go:{number} +0x2\ncreated by {name} in goroutine 1\n\t/src/{name}.go:9 +0x3\n\n\
                 goroutine {} [{name}]:\nmain.f()\n\t/src/main.go:1 +0x1f\n\n",
                id + 10
            )
            .expect("text");
        }
    }
    text
}

/// A race between functions of each name.
fn race() -> String {
    let mut text = String::new();
    for name in on_a_line() {
        write!(
            text,
            "==================\nWARNING: DATA RACE\nWrite at 0x00c000012345 by goroutine 7:\n  {name}()\n      /src/{name}.go:12 +0x3a\n\n\
             Previous read at 0x00c000012345 by main goroutine:\n  main.main()\n      /src/main.go:20 +0x4a\n\n\
             Goroutine 7 (running) created at:\n  {name}()\n      /src/{name}.go:18 +0x5a\n==================\n"
        )
        .expect("text");
    }
    text
}

/// A session whose files have the names.
fn session() -> String {
    let tabs: Vec<_> =
        NASTY.iter().map(|name| json!({"shows": {"profile": {"file": {"path": name}}}})).collect();
    json!({"goscope_session": 1, "tabs": tabs}).to_string()
}
