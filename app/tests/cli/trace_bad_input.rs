//! Traces that have little to tell: each answer says what cannot be told, with the right exit code, and no wrong cause.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use goscope_test_support::made::Made;

use crate::program;

/// All commands that answer, with what they need beside the file.
const ANSWERS: [&[&str]; 9] = [
    &["why"],
    &["blame"],
    &["cohort"],
    &["whatif", "--shrink", "main.work=50"],
    &["findings"],
    &["sched"],
    &["cpu"],
    &["gcbill"],
    &["signals"],
];

fn goscope(arguments: &[&str]) -> Output {
    program::goscope(&[&["trace"], arguments].concat())
}

/// What each answer to a file exits with and begins with, one line each: standard output, else standard error.
fn answers(file: &str, options: &[&str]) -> String {
    ANSWERS.iter().fold(String::new(), |mut text, answer| {
        let output = goscope(&[answer, &[file][..], options].concat());
        let (code, out) = (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout));
        let said = if out.is_empty() { String::from_utf8_lossy(&output.stderr) } else { out };
        let first = said.lines().next().unwrap_or_default().replace(file, "FILE");
        let _ = writeln!(text, "{code} {}: {first}", answer[0]);
        text
    })
}

fn written(made: &Made) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("made.trace");
    fs::write(&file, made.file()).expect("the file is written");
    let name = file.display().to_string();
    (folder, name)
}

/// Goroutine 2 holds what goroutine 1 waits for, three times; `stack` says where, or nothing.
fn waits(made: &mut Made, at: impl Fn(&str) -> String, tasks: bool) {
    made.pass(1_000).create(2, &at("main.work"));
    for round in 0..3 {
        if tasks {
            made.pass(10).begin_task(round + 1, "job");
        }
        made.pass(1_000).block("sync", &at("sync.(*Mutex).Lock<main.take<main.main"));
        made.pass(10).start(2);
        made.pass(2_000_000 * (round + 1)).unblock(1, &at("sync.(*Mutex).Unlock<main.give<main.work"));
        made.pass(10).block("sleep", &at("time.Sleep<main.work"));
        made.pass(500).start(1);
        made.pass(5_000);
        if tasks {
            made.end_task(round + 1);
        }
        made.pass(10).unblock(2, "");
    }
    made.pass(100);
}

#[test]
fn of_a_trace_without_tasks() {
    let mut made = Made::new();
    waits(&mut made, str::to_owned, false);
    let (_folder, file) = written(&made);
    insta::assert_snapshot!(answers(&file, &[]), @r#"
    4 why: goscope: FILE: it has no tasks, no regions and no HTTP requests; name a function that goroutines run with --function
    0 blame: locks and wait groups: 100% of 12.0 ms waited: main.take waits for main.give, which computes in main.work
    4 cohort: goscope: FILE: it has no tasks, no regions and no HTTP requests; name a function that goroutines run with --function
    4 whatif: goscope: FILE: it has no tasks, no regions and no HTTP requests; name a function that goroutines run with --function
    0 findings: Nothing stands out in 12.02ms: it has no tasks, regions or HTTP requests: only locks were looked at.
    0 sched: Nothing stands in the way of goroutines that could run.
    0 cpu: Goroutines ran 12.0 ms, 99.8% of it those of main.work; of 100.0% no sample says where (0 samples in the trace).
    0 gcbill: nobody of them is seen to allocate.
    4 signals: goscope: FILE: it has no tasks, no regions and no HTTP requests; name a function that goroutines run with --function
    "#);
}

#[test]
fn of_a_trace_without_stacks() {
    let mut made = Made::new();
    waits(&mut made, |_| String::new(), true);
    let (_folder, file) = written(&made);
    insta::assert_snapshot!(answers(&file, &[]), @r#"
    0 why: all tasks: 4.01 ms on average. 100% of that: another goroutine computes: no stack says where
    0 blame: all tasks: 100% of 12.0 ms waited: (no stack was seen) waits for another goroutine, which computes: no stack says where
    0 cohort: all tasks: slow ones cannot be told from typical ones.
    4 whatif: goscope: FILE: no stack has the function main.work
    0 findings: Nothing stands out in 12.02ms: all tasks and locks were looked at.
    0 sched: Nothing stands in the way of goroutines that could run.
    0 cpu: Goroutines ran 12.0 ms, 100.0% of it those of (no stack was seen); of 100.0% no sample says where (0 samples in the trace).
    0 gcbill: nobody of them is seen to allocate.
    0 signals: all tasks: 249.6 a second, p50 4.01 ms, p99 6.01 ms, no errors logged.
    "#);
}

#[test]
fn of_a_trace_of_one_goroutine() {
    let mut made = Made::new();
    for task in 1..=4 {
        made.pass(10).begin_task(task, "job").pass(1_000 * task).end_task(task);
    }
    let (_folder, file) = written(&made);
    insta::assert_snapshot!(answers(&file, &[]), @r#"
    0 why: all tasks: 4.00 µs against 2.00 µs. 100% of the difference: its own goroutine computes: no stack says where
    0 blame: all tasks: nobody waited in 10.04us
    0 cohort: all tasks: of 7 features, none tells the 1 slow ones from 3 typical ones.
    4 whatif: goscope: FILE: no stack has the function main.work
    0 findings: Nothing stands out in 10.04us: all tasks and locks were looked at.
    0 sched: Nothing stands in the way of goroutines that could run.
    0 cpu: Goroutines ran 10.0 µs, 100.0% of it those of (no stack was seen); of 100.0% no sample says where (0 samples in the trace).
    0 gcbill: nobody of them is seen to allocate.
    0 signals: all tasks: 398366.7 a second, p50 2.00 µs, p99 4.00 µs, no errors logged.
    "#);
}

#[test]
fn of_an_old_trace() {
    let file = goscope_test_support::sample("trace/shop-go1.21.trace").display().to_string();
    insta::assert_snapshot!(answers(&file, &[]), @r#"
    0 why: all tasks: 91.8 ms against 2.18 ms. 70% of the difference: its own goroutine waits in example.com/shop/catalog.(*Index).snapshot for sync.(*RWMutex).RLock, and the trace does not tell for whom; example.com/shop/catalog.(*Index).rebuildIndex lets it go on
    0 blame: all tasks: 55% of 1.95 s waited: example.com/shop/catalog.(*Index).snapshot waits for example.com/shop/catalog.(*Index).rebuildIndex, which waits for nobody knows whom in example.com/shop/catalog.(*Index).snapshot
    0 cohort: all tasks: longest wait ended by example.com/shop/catalog.(*Index).RebuildEvery: 12 of 12 slow ones, 0 of 241 typical ones (p 3.8e-19).
    4 whatif: goscope: FILE: no stack has the function main.work
    1 findings: high   the process gets a CPU for only 60% of the time that its goroutines run: there are more Ps than CPUs
    0 sched: GOMAXPROCS is above the CPUs there are: CPU samples confirm 60% of the running time, the rest of it waits for a CPU; lower GOMAXPROCS (8), or raise the quota (Go 1.25 and later read the limit of a container).
    0 cpu: Goroutines ran 1.40 s, 49.8% of it those of net/http.(*conn).serve; of 5.7% no sample says where (84 samples in the trace).
    0 gcbill: report allocates 30% of all bytes (42.0 MB) and pays 23.1 ms of assists; catalog pays 4.27 ms of assists.
    0 signals: all tasks: 352.4 a second, p50 1.87 ms, p99 106 ms, no errors logged, Ps in use 25% of their time.
    "#);
}

#[test]
fn of_a_cut_trace_the_rest_is_looked_at_and_what_is_lost_is_said() {
    let file = goscope_test_support::sample("trace/truncated-go1.27.trace").display().to_string();
    for answer in ANSWERS {
        let output = goscope(&[answer, &[file.as_str()][..]].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(
            message.contains("9.5% of the trace is lost; the numbers are of the rest"),
            "{answer:?}: {message}"
        );
        let is_unknown = answer[0] == "whatif";
        assert_eq!(output.status.code(), Some(if is_unknown { 4 } else { 0 }), "{answer:?}: {message}");
    }
}

#[test]
fn of_nothing_that_was_chosen() {
    let file = goscope_test_support::sample("trace/latency-go1.27.trace").display().to_string();
    insta::assert_snapshot!(answers(&file, &["--range", "99s.."]), @r#"
    4 why: goscope: FILE: there is no event to look at
    4 blame: goscope: FILE: there is no event to look at
    4 cohort: goscope: FILE: there is no event to look at
    4 whatif: goscope: FILE: there is no event to look at
    4 findings: goscope: FILE: there is no event to look at
    4 sched: goscope: FILE: there is no event to look at
    4 cpu: goscope: FILE: there is no event to look at
    4 gcbill: goscope: FILE: there is no event to look at
    4 signals: goscope: FILE: there is no event to look at
    "#);
    let parts = ["why", "cohort", "gcbill", "signals", "blame"].map(|answer| {
        let output = goscope(&[answer, &file, "--task", "none"]);
        format!(
            "{} {answer}: {}{}",
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        )
        .replace(&file, "FILE")
    });
    insta::assert_snapshot!(parts.concat(), @r"
    4 why: goscope: FILE: there are no tasks none in this trace
    4 cohort: goscope: FILE: there are no tasks none in this trace
    4 gcbill: goscope: FILE: there are no tasks none in this trace
    4 signals: goscope: FILE: there are no tasks none in this trace
    4 blame: goscope: FILE: there are no tasks none in this trace
    ");
}

/// So many tasks at once, which end or not.
fn many_tasks(count: u64, do_end: bool) -> Made {
    let mut made = Made::new();
    made.pass(10).create(2, "main.work");
    for task in 1..=count {
        made.pass(10).begin_task(task, "job");
    }
    for _ in 0..50 {
        made.pass(1_000).block("sync", "sync.(*Mutex).Lock<main.take<main.main");
        made.pass(10).start(2).pass(5_000).unblock(1, "sync.(*Mutex).Unlock<main.give<main.work");
        made.pass(10).block("sleep", "time.Sleep<main.work");
        made.pass(10).start(1).pass(10).unblock(2, "");
    }
    for task in (1..=count).filter(|_| do_end) {
        made.pass(10).end_task(task);
    }
    made
}

/// Runs with at most so much memory, where the system can bound it; returns what it took.
fn bounded(arguments: &[&str]) -> (Output, Duration) {
    let begin = Instant::now();
    let program = env!("CARGO_BIN_EXE_goscope");
    let script = "ulimit -v 3000000; exec \"$0\" trace \"$@\"";
    let mut command = Command::new(if cfg!(target_os = "linux") { "sh" } else { program });
    if cfg!(target_os = "linux") {
        command.args(["-c", script, program]);
    } else {
        command.arg("trace");
    }
    let output = command.args(arguments).output().expect("it starts");
    (output, begin.elapsed())
}

#[test]
fn a_hundred_thousand_tasks_at_once_take_bounded_time_and_memory() {
    for do_end in [false, true] {
        let (_folder, file) = written(&many_tasks(100_000, do_end));
        for answer in ANSWERS {
            let (output, time) = bounded(&[answer, &[file.as_str()][..]].concat());
            let message = String::from_utf8_lossy(&output.stderr);
            let code = output.status.code();
            assert!(time < Duration::from_secs(60), "{answer:?} took {time:?}");
            assert!(matches!(code, Some(0 | 1 | 4)), "{answer:?}: {code:?} {message}");
            if !do_end && answer[0] == "why" {
                let told = "none of all tasks is complete: 100000 begin or end outside of the trace\n";
                assert!(message.ends_with(told), "{message}");
            }
        }
    }
}
