//! `goscope test`: results of recorded and of live runs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use goscope_test_support::{Need, corpus, files_below, has_programs, is_live};
use serde_json::Value;
use tempfile::TempDir;

fn goscope_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(arguments).current_dir(folder).output().expect("goscope starts")
}

/// What a command prints, with its exit code and what it says if that is not 0.
fn run(folder: &Path, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let output = goscope_in(folder, &words);
    let mut text = String::from_utf8(output.stdout).expect("text");
    let said = String::from_utf8(output.stderr).expect("text");
    if !said.is_empty() {
        text += &format!("--- said\n{said}");
    }
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}--- exit {code:?}\n"),
    }
}

/// Numbers of a line in a golden file: runs, passed, failed, skipped, without an end.
fn golden_numbers(fields: &[&str]) -> Vec<u64> {
    fields.iter().map(|field| field.parse().expect("a number")).collect()
}

#[test]
fn results_are_those_that_events_say() {
    let Some(folder) = corpus("testing/json") else { return };
    let mut n_compared = 0;
    for file in files_below(&folder, &[".json"]) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let output = goscope_in(&folder, &["test", "--json", &name]);
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let golden =
            fs::read_to_string(folder.join("golden").join(format!("{name}.tsv"))).expect("a golden file");
        let mut n_tests = 0;
        for line in golden.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let packages = json["packages"].as_array().expect("packages");
            let package = packages.iter().find(|package| package["path"] == fields[0]).expect("the package");
            if fields[1] == "-" {
                check_package(package, &fields, &name);
            } else {
                check_test(package, &fields, &name);
                n_tests += 1;
            }
            n_compared += 1;
        }
        let sum: usize = json["packages"]
            .as_array()
            .expect("packages")
            .iter()
            .map(|package| package["tests"].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(sum, n_tests, "{name}: no test more, none less");
    }
    assert!(n_compared > 100, "{n_compared} results are compared");
}

fn check_package(package: &Value, fields: &[&str], name: &str) {
    let numbers = golden_numbers(&fields[2..7]);
    let [_, passed, failed, skipped, _] = numbers[..] else { panic!("five numbers") };
    let expected: &[&str] = match (passed, failed, skipped) {
        (1.., _, _) => &["pass"],
        (_, 1.., _) => &["fail", "build_failed"],
        (_, _, 1..) => &["skip"],
        _ => &["unfinished"],
    };
    let result = package["result"].as_str().expect("a word");
    assert!(expected.contains(&result), "{name} {}: {result}", fields[0]);
    let elapsed = fields[7].parse::<f64>().expect("seconds") * 1e9;
    let found = package["elapsed_ns"].as_f64().expect("a number");
    assert!((found - elapsed).abs() < 1e3, "{name} {}: {found} ns", fields[0]);
}

fn check_test(package: &Value, fields: &[&str], name: &str) {
    let numbers = golden_numbers(&fields[2..7]);
    let tests = package["tests"].as_array().expect("tests");
    let test = tests.iter().find(|test| test["name"] == fields[1]).expect("the test");
    let found = |field: &str| test[field].as_u64().expect("a number");
    assert_eq!([found("runs"), found("passed"), found("failed")], numbers[..3], "{name} {}", fields[1]);
    let [_, passed, failed, skipped, open] = numbers[..] else { panic!("five numbers") };
    let is_benchmark = fields[1].starts_with("Benchmark");
    let expected = match (passed, failed, skipped, open) {
        (1.., 1.., _, _) => "flaky",
        (_, 1.., _, _) => "fail",
        (_, _, _, 1..) if is_benchmark && package["result"] == "pass" => "pass",
        (_, _, _, 1..) => "unfinished",
        (1.., _, _, _) => "pass",
        _ => "skip",
    };
    assert_eq!(test["result"], expected, "{name} {}", fields[1]);
}

#[test]
fn reports_of_recorded_runs() {
    let Some(folder) = corpus("testing/json") else { return };
    insta::assert_snapshot!(run(&folder, "test go126-fail.json"), @r"
    ok      cached  example.com/shop/cart  5 passed
    ok      cached  example.com/shop/codec  2 passed
    ok      cached  example.com/shop/search  1 passed
    FAIL   61.00ms  example.com/shop/store  2 failed, 1 skipped, 12 passed

    FAIL example.com/shop/store TestFails (360.55us)
    a line on standard output
    no newline at the end    store_test.go:39: outer
            second line
        go test -run '^TestFails$' example.com/shop/store

    FAIL example.com/shop/store TestFails/inner (96.87us)
        store_test.go:35: before
        store_test.go:36: value = 3, want 4
        go test -run '^TestFails$/^inner$' example.com/shop/store

    23 tests in 4 packages: 2 failed, 1 skipped, 20 passed
    --- exit Some(1)
    ");
    insta::assert_snapshot!(run(&folder, "test go126-cached.json"), @r"
    ok      cached  example.com/shop/cart  5 passed
    5 tests in 1 package: 5 passed
    ");
    insta::assert_snapshot!(run(&folder, "test go126-timeout.json"), @r"
    FAIL  115.00ms  example.com/shop/store  1 failed

    UNFINISHED example.com/shop/store TestSlow: did not finish after 0s
    panic: test timed out after 10ms
    	running tests:
    		TestSlow (0s)

    goroutine 20 [running]:
    testing.(*M).startAlarm.func1()
    	testing/testing.go:2802 +0x354
    created by time.goFunc
    	time/sleep.go:215 +0x2d

    goroutine 1 [chan receive]:
    testing.(*T).Run(0x5a5961ac008, {0x6126fc?, 0x0?}, 0x623840)
    	testing/testing.go:2109 +0x4e5
    testing.runTests.func1(0x5a5961ac008)
    	testing/testing.go:2585 +0x3e
    testing.tRunner(0x5a5961ac008, 0x5a59619dc58)
    	testing/testing.go:2036 +0xea
    testing.runTests({0x615079, 0x10}, {0x6173aa, 0x16}, 0x5a59608a2b8, {0x7b5ea0, 0x6, 0x6}, {0xc2ba053c35b564a7, 0xa44a5c, ...})
    	testing/testing.go:2583 +0x505
    testing.(*M).Run(0x5a5960de640)
    	testing/testing.go:2443 +0x6ac
    main.main()
    	_testmain.go:72 +0x9b

    goroutine 3 [sleep]:
    time.Sleep(0x1c9c380)
    	runtime/time.go:363 +0x165
    example.com/shop/store.TestSlow(0x5a5961ac248?)
    	example.com/shop/store/store_test.go:19 +0x18
    testing.tRunner(0x5a5961ac248, 0x623840)
    	testing/testing.go:2036 +0xea
    created by testing.(*T).Run in goroutine 1
    	testing/testing.go:2101 +0x4c5
        go test -run '^TestSlow$' example.com/shop/store

    1 test in 1 package: 1 failed
    --- exit Some(1)
    ");
    insta::assert_snapshot!(run(&folder, "test go126-buildfail.json"), @r#"
    BUILD           example.com/snag/broken  does not build
    ok     18.00ms  example.com/snag/fine  1 passed
    -               example.com/snag/none  no test files

    BUILD example.com/snag/broken
    # example.com/snag/broken [example.com/snag/broken.test]
    broken/b.go:3:23: cannot use "x" (untyped string constant) as int value in return statement

    1 test in 3 packages: 1 passed, 1 package not built
    --- exit Some(3)
    "#);
    insta::assert_snapshot!(run(&folder, "test --slowest 3 go126-ok.json"), @r"
    ok     24.00ms  example.com/shop/cart  5 passed
    ok     39.00ms  example.com/shop/codec  2 passed
    ok     14.00ms  example.com/shop/search  1 passed
    ok     75.00ms  example.com/shop/store  1 skipped, 12 passed

    slowest:
     34.55ms  example.com/shop/store TestSlow
     10.32ms  example.com/shop/store TestParallel/p2
     10.16ms  example.com/shop/store TestParallel/p1

    21 tests in 4 packages: 1 skipped, 20 passed
    ");
}

#[test]
fn junit_lists_every_test() {
    let Some(folder) = corpus("testing/json") else { return };
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("out.xml").display().to_string();
    let source = folder.join("go126-fail.json").display().to_string();
    goscope_in(place.path(), &["test", "--junit", &file, &source]);
    let xml = fs::read_to_string(file).expect("written");
    let interesting: Vec<&str> =
        xml.lines().filter(|line| !line.contains("time=\"0.0") || line.contains("failure")).collect();
    insta::assert_snapshot!(interesting.join("\n"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="23" failures="2" errors="0" skipped="1">
    <testsuite name="example.com/shop/cart" tests="5" failures="0" errors="0" skipped="0" time="0.000">
    </testsuite>
    <testsuite name="example.com/shop/codec" tests="2" failures="0" errors="0" skipped="0" time="0.000">
    </testsuite>
    <testsuite name="example.com/shop/search" tests="1" failures="0" errors="0" skipped="0" time="0.000">
    </testsuite>
    <testsuite name="example.com/shop/store" tests="15" failures="2" errors="0" skipped="1" time="0.061">
    </skipped></testcase>
    <testcase classname="example.com/shop/store" name="TestFails" time="0.000"><failure type="failed" message="failed">a line on standard output
    no newline at the end    store_test.go:39: outer
            second line
    </failure></testcase>
    <testcase classname="example.com/shop/store" name="TestFails/inner" time="0.000"><failure type="failed" message="failed">    store_test.go:35: before
        store_test.go:36: value = 3, want 4
    </failure></testcase>
    </testsuite>
    </testsuites>
    "#);
    assert_eq!(xml.matches("<testcase ").count(), 23);
}

/// A module whose tests pass, fail, are skipped and pass the second time only.
fn module() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("go.mod", "module example.com/shop\n\ngo 1.22\n");
    write(
        "shop.go",
        "package shop\n\nfunc Price(n int) int { return 2 * n }\n\nfunc Unused() int { return 1 }\n",
    );
    write(
        "shop_test.go",
        r#"package shop

import (
	"os"
	"testing"
)

func TestPrice(t *testing.T) {
	if Price(2) != 4 {
		t.Fatal("no")
	}
}

func TestFlaky(t *testing.T) {
	if _, err := os.Stat("ran"); err != nil {
		os.WriteFile("ran", nil, 0o600)
		t.Fatal("not the first time")
	}
}

func TestSub(t *testing.T) {
	t.Run("a b", func(t *testing.T) {
		if os.Getenv("BREAK") != "" {
			t.Error("broken")
		}
	})
}
"#,
    );
    folder
}

/// A report without times.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        word.trim_start_matches('(')
            .trim_end_matches([')', ','])
            .trim_end_matches(['s', 'm', 'u'])
            .parse::<f64>()
            .is_ok()
            && word.contains('s')
    };
    let line = |line: &str| {
        line.split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| if is_time(word) { "TIME" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn tests_that_run_now_are_reported_and_run_again() {
    if !is_live() || !has_programs(Need::Go, &["go"]) {
        return;
    }
    let folder = module();
    insta::assert_snapshot!(without_times(&run(folder.path(), "test --rerun-fails 2 --cover")), @r"
    FAIL TIME example.com/shop 1 failed, 3 passed, 50.0% covered

    FLAKY example.com/shop TestFlaky: failed 1 of 2 runs
    go test -run '^TestFlaky$' example.com/shop

    4 tests in 1 package: 1 flaky, 3 passed

    50.0% 1/2 statements covered
    50.0% 1/2 example.com/shop
    50.0% 1/2 example.com/shop
    --- said
    goscope: run 1 of 2 again: example.com/shop TestFlaky
    --- exit Some(1)
    ");
    fs::remove_file(folder.path().join("ran")).expect("the first run left it");
    insta::assert_snapshot!(without_times(&run(folder.path(), "test --rerun-fails 1 --allow-flaky . -- -run Flaky")), @r"
    FAIL TIME example.com/shop 1 failed

    FLAKY example.com/shop TestFlaky: failed 1 of 2 runs
    go test -run '^TestFlaky$' example.com/shop

    1 test in 1 package: 1 flaky
    --- said
    goscope: run 1 of 1 again: example.com/shop TestFlaky
    ");
    fs::write(folder.path().join("broken_test.go"), "package shop\n\nvar x int = \"\"\n").expect("written");
    insta::assert_snapshot!(without_times(&run(folder.path(), "test")), @r#"
    BUILD example.com/shop does not build

    BUILD example.com/shop
    # example.com/shop [example.com/shop.test]
    ./broken_test.go:3:13: cannot use "" (untyped string constant) as int value in variable declaration

    0 tests in 1 package: no tests, 1 package not built
    --- exit Some(3)
    "#);
    let place = folder.path().canonicalize().expect("a path").display().to_string();
    insta::assert_snapshot!(run(folder.path(), "test ./nowhere").replace(&place, "FOLDER"), @r"
    BUILD           ./nowhere  does not build

    BUILD ./nowhere
    # ./nowhere
    stat FOLDER/nowhere: directory not found

    0 tests in 1 package: no tests, 1 package not built
    --- exit Some(3)
    ");
}

#[test]
fn what_runs_no_test_refuses_to_run_some() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("out.txt"), "=== RUN   TestA\n--- PASS: TestA (0.00s)\n").expect("written");
    fs::write(folder.path().join("words.txt"), "hello\n").expect("written");
    insta::assert_snapshot!(run(folder.path(), "test out.txt --rerun-fails 2"), @r"
    --- said
    goscope: --rerun-fails runs tests; out.txt holds results of tests that have run
    --- exit Some(2)
    ");
    insta::assert_snapshot!(run(folder.path(), "test out.txt"), @r"
    OPEN            (package not named)  did not finish
    1 test in 1 package: 1 passed
    --- said
    goscope: the output ends before all packages do; was go test stopped?
    --- exit Some(3)
    ");
    insta::assert_snapshot!(run(folder.path(), "test words.txt"), @r"
    --- said
    goscope: words.txt: this is no output of go test: it has no events of go test -json and no lines of go test -v
    --- exit Some(3)
    ");
}
