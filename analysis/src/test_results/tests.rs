//! Lines of `go test` in, results as text out.

use std::fmt::Write as _;

use goscope_parsers::test_events::TestEventReader;

use super::{Collector, TestRun};

fn read(text: &str) -> TestRun {
    let (mut reader, mut collector) = (TestEventReader::default(), Collector::default());
    let mut take = |event: goscope_parsers::test_events::TestEvent<'_>| {
        collector.add(&event);
    };
    reader.push(text.as_bytes(), &mut take);
    reader.finish(&mut take);
    collector.finish()
}

fn show(run: &TestRun) -> String {
    let mut text = String::new();
    for package in &run.packages {
        let outcome = package.outcome.map_or("open", super::Outcome::word);
        let _ = writeln!(text, "{} {outcome} {}", package.path, package.elapsed_nanos);
        for test in &package.tests {
            let runs: Vec<String> = test
                .runs
                .iter()
                .map(|run| format!("{} {}/{}", run.outcome.word(), run.active_nanos, run.wall_nanos))
                .collect();
            let outcome = package.outcome_of(test).word();
            let _ = writeln!(text, "  {} {outcome}: {}", test.name, runs.join(", "));
            if let Some(run) = test.shown_run().filter(|run| !run.output.is_empty()) {
                let _ = writeln!(text, "    {:?} {:?}", run.output.text(), test.place);
            }
        }
    }
    if !run.noise.is_empty() {
        let _ = writeln!(text, "noise {:?}", run.noise.text());
    }
    text
}

/// Events with times in milliseconds: `run 5 T`.
fn events(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let mut words = line.splitn(4, ' ');
        let (action, millis) = (words.next().expect("an action"), words.next().expect("a time"));
        let test = words.next().map_or(String::new(), |test| format!(r#","Test":"{test}""#));
        let output = words.next().map_or(String::new(), |output| format!(r#","Output":{output:?}"#));
        let _ = writeln!(
            text,
            r#"{{"Time":"2026-01-01T00:00:00.{millis:0>3}Z","Action":"{action}","Package":"p"{test}{output}}}"#
        );
    }
    text
}

#[test]
fn pauses_are_no_active_time() {
    let run = read(&events(&[
        "run 0 A",
        "pause 10 A",
        "run 10 B",
        "pass 30 B",
        "cont 40 A",
        "pass 50 A",
        "pass 60",
    ]));
    insta::assert_snapshot!(show(&run), @r"
    p pass 0
      A pass: pass 20000000/50000000
      B pass: pass 20000000/20000000
    ");
}

#[test]
fn what_passed_and_failed_is_flaky() {
    let run = read(&events(&[
        "run 0 A",
        "output 0 A     a_test.go:7: no",
        "fail 1 A",
        "run 1 A",
        "pass 2 A",
        "run 2 B",
        "skip 2 B",
        "fail 3",
    ]));
    insta::assert_snapshot!(show(&run), @r#"
    p fail 0
      A flaky: fail 1000000/1000000, pass 1000000/1000000
        "    a_test.go:7: no" Some(("a_test.go", 7))
      B skip: skip 0/0
    "#);
}

#[test]
fn tests_without_an_end_did_not_finish_unless_they_are_benchmarks() {
    let run = read(&events(&["run 0 A", "run 0 BenchmarkB", "pass 9"]));
    insta::assert_snapshot!(show(&run), @r"
    p pass 0
      A unfinished: unfinished 9000000/9000000
      BenchmarkB pass: unfinished 9000000/9000000
    ");
}

#[test]
fn text_gives_the_same_as_json() {
    let text = "\
=== RUN   TestA
    a_test.go:5: log
--- FAIL: TestA (0.01s)
    --- PASS: TestA/sub (0.02s)
=== RUN   TestB
before\u{16}--- PASS: TestB (1.50s)
PASS
coverage: 50.0% of statements
FAIL\texample.com/a\t0.120s
ok  \texample.com/b\t(cached)
?   \texample.com/c\t[no test files]
FAIL\texample.com/d [build failed]
FAIL
";
    let run = read(text);
    insta::assert_snapshot!(show(&run), @r#"
    example.com/a fail 120000000
      TestA fail: fail 10000000/10000000
        "    a_test.go:5: log\n" Some(("a_test.go", 5))
      TestA/sub pass: pass 20000000/20000000
      TestB pass: pass 1500000000/1500000000
    example.com/b pass 0
    example.com/c skip 0
    example.com/d build_failed 0
    noise "FAIL\n"
    "#);
    assert_eq!(run.packages[0].coverage_percent, Some(50.0));
    assert!(run.packages[1].is_cached && run.packages[2].has_no_tests);
}

#[test]
fn what_is_no_event_is_noise() {
    let run = read("{\"Action\":\"start\",\"Package\":\"p\"}\n# p\n./p.go:3: undefined: x\n{broken\n");
    insta::assert_snapshot!(show(&run), @r##"
    p open 0
    noise "# p\n./p.go:3: undefined: x\n{broken\n"
    "##);
}
