//! Goroutine dumps of the corpus: how many goroutines, groups and races are in each, as its index counts them.

use std::collections::HashSet;
use std::fs;

use goscope_parsers::dump::{Dump, DumpFile, DumpOptions, Tables, read_dumps};
use goscope_test_support::corpus;

/// A line of the index.
struct Row {
    name: String,
    goroutines: Vec<usize>,
    exact: Vec<usize>,
    lines: Vec<usize>,
    functions: Vec<usize>,
    n_races: usize,
}

fn numbers(text: &str) -> Vec<usize> {
    text.split(';').map(|number| number.parse().expect("a number")).collect()
}

fn index(text: &str) -> Vec<Row> {
    let rows = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let has_dumps = fields[4] != "0";
        let counts = |at: usize| if has_dumps { numbers(fields[at]) } else { Vec::new() };
        Row {
            name: fields[0].to_owned(),
            goroutines: counts(5),
            exact: counts(6),
            lines: counts(7),
            functions: counts(8),
            n_races: fields[9].parse().expect("a number"),
        }
    });
    rows.collect()
}

/// Groups by lines, by lines and arguments, by functions.
fn groups(dump: &Dump, tables: &Tables) -> [usize; 3] {
    let rows = &dump.goroutines;
    let lines: HashSet<_> = rows.iter().map(|row| (row.state, row.stack)).collect();
    let exact: HashSet<_> = rows.iter().map(|row| (row.state, row.stack, row.arguments)).collect();
    let functions: HashSet<_> = rows
        .iter()
        .map(|row| {
            let frames = tables.stack(row.stack).frames.iter();
            (row.state, frames.map(|&frame| tables.frame(frame).function).collect::<Vec<_>>())
        })
        .collect();
    [exact.len(), lines.len(), functions.len()]
}

fn counts(file: &DumpFile) -> [Vec<usize>; 4] {
    let mut all: [Vec<usize>; 4] = Default::default();
    for dump in &file.dumps {
        let [exact, lines, functions] = groups(dump, &file.tables);
        let counts = [dump.goroutines.len(), exact, lines, functions];
        all.iter_mut().zip(counts).for_each(|(list, count)| list.push(count));
    }
    all
}

#[test]
fn every_dump_of_the_corpus_has_the_goroutines_and_groups_of_its_index() {
    let Some(folder) = corpus("debugging") else { return };
    let rows = index(&fs::read_to_string(folder.join("index.tsv")).expect("the index"));
    assert!(rows.len() > 100, "the index has {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let bytes = fs::read(folder.join(&row.name)).expect("a dump");
        let file = read_dumps(&bytes, &DumpOptions::default()).expect("sound text");
        let [goroutines, exact, lines, functions] = counts(&file);
        let got = (&goroutines, &exact, &lines, &functions, file.races.len());
        let want = (&row.goroutines, &row.exact, &row.lines, &row.functions, row.n_races);
        if got != want {
            wrong.push(format!("{}: {got:?}, expected {want:?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What a text holds, in some lines.
fn shown(text: &str) -> String {
    let file = read_dumps(text.as_bytes(), &DumpOptions::default()).expect("text");
    let tables = &file.tables;
    let mut lines = vec![format!("prefix {}", file.prefix.word())];
    for dump in &file.dumps {
        let truncated = if dump.is_truncated { ", truncated" } else { "" };
        lines.push(format!(
            "{} at line {} {:?} time {:?} source {:?}{truncated}",
            dump.kind.word(),
            dump.line,
            dump.reason,
            dump.time,
            dump.source
        ));
        for row in &dump.goroutines {
            let stack = tables.stack(row.stack);
            let frames = stack.frames.iter().chain(&stack.creator);
            let frames: Vec<String> = frames
                .map(|&frame| {
                    format!("{} {}:{}", tables.function(frame), tables.file(frame), tables.frame(frame).line)
                })
                .collect();
            lines.push(format!(
                "  {} [{}] < {}: {}",
                row.id,
                tables.state(row.state).name,
                row.parent,
                frames.join(" | ")
            ));
        }
    }
    lines.extend(file.panics.iter().map(|panic| {
        format!("panic {:?} recovered {} repanicked {}", panic.value, panic.is_recovered, panic.is_repanicked)
    }));
    lines.extend(file.signal.iter().map(|signal| format!("{signal:?}")));
    lines.extend(
        file.lost.iter().map(|lost| format!("lost line {}: {:?}: {}", lost.line, lost.text, lost.why)),
    );
    lines.join("\n")
}

#[test]
fn a_panic_with_a_chain_and_a_text_that_looks_like_a_goroutine() {
    let text = "panic: first [recovered]\n\tpanic: second\n\tline two\n\t\n\tgoroutine 5 [running]:\n\tnot.real()\n\n\
        goroutine 1 [running]:\nmain.main()\n\t/src/main.go:12 +0x1f\nexit status 2\n";
    insta::assert_snapshot!(shown(text), @r#"
    prefix none
    panic at line 1 "panic: second" time "" source ""
      1 [running] < 0: main.main /src/main.go:12
    panic "first" recovered true repanicked false
    panic "second\nline two\n\ngoroutine 5 [running]:\nnot.real()" recovered false repanicked false
    "#);
}

#[test]
fn a_logger_that_prints_a_stack_with_one_call() {
    let text = "2026/05/11 10:00:00 starting\n2026/05/11 10:00:01 goroutine 7 [running]:\nruntime/debug.Stack()\n\t\
        runtime/debug/stack.go:26 +0x5e\nmain.handle(0x1)\n\t/src/main.go:12 +0x1f\ncreated by main.main in goroutine 1\n\t\
        /src/main.go:3 +0x1\n\n2026/05/11 10:00:02 goes on\n";
    insta::assert_snapshot!(shown(text), @r#"
    prefix time
    stack at line 2 "starting" time "2026/05/11 10:00:01" source ""
      7 [running] < 1: runtime/debug.Stack runtime/debug/stack.go:26 | main.handle /src/main.go:12 | main.main /src/main.go:3
    "#);
    let of_a_test = "=== RUN   TestX\n    x_test.go:12: goroutine 7 [running]:\n        runtime/debug.Stack()\n        \t\
        runtime/debug/stack.go:26 +0x5e\n        main.handle(0x1)\n        \t/src/main.go:12 +0x1f\n    x_test.go:13: more\n";
    insta::assert_snapshot!(shown(of_a_test), @r#"
    prefix other
    stack at line 2 "" time "" source "x_test.go:12"
      7 [running] < 0: runtime/debug.Stack runtime/debug/stack.go:26 | main.handle /src/main.go:12
    "#);
}

#[test]
fn what_is_lost_is_named() {
    let text = "SIGQUIT: quit\nPC=0x40866e m=0 sigcode=0\n\ngoroutine 1 [runni\n\ngoroutine 2 [select]:\nmain.f(0x1)\nmain.g(0x2)\n\
        \t/src/main.go:7 +0x1\ngoroutine 3 [chan send]:\nmain.h(0x1";
    insta::assert_snapshot!(shown(text), @r#"
    prefix none
    sigquit at line 1 "SIGQUIT: quit" time "" source "", truncated
      2 [select] < 0: main.g /src/main.go:7
      3 [chan send] < 0: 
    Signal { name: "SIGQUIT", code: "", address: "", pc: "0x40866e" }
    lost line 4: "goroutine 1 [runni": a goroutine whose first line is cut off or of no known form
    lost line 7: "main.f": no file and line behind a function
    lost line 10: "main.h(0x1": the text ends in the middle of a goroutine
    "#);
}

#[test]
fn partial_lines_of_kubernetes_are_joined() {
    let text = "2026-05-11T10:00:00.1Z stderr P goroutine 1 \n2026-05-11T10:00:00.1Z stdout F other\n\
        2026-05-11T10:00:00.1Z stderr F [running]:\n2026-05-11T10:00:00.1Z stderr F main.main()\n\
        2026-05-11T10:00:00.1Z stderr F \t/src/main.go:12 +0x1f\n";
    insta::assert_snapshot!(shown(text), @r#"
    prefix cri
    stack at line 3 "" time "2026-05-11T10:00:00.1Z" source "stderr"
      1 [running] < 0: main.main /src/main.go:12
    "#);
}

#[test]
fn logs_inside_logs_and_fields_of_any_name() {
    let record = r#"{"time":"2026-05-11T10:00:00Z","level":"ERROR","msg":"panic: boom","stack":"goroutine 7 [running]:\nmain.f()\n\t/src/main.go:3 +0x1\n"}"#;
    insta::assert_snapshot!(shown(record), @r#"
    prefix json-escaped
    stack at line 1 "panic: boom" time "2026-05-11T10:00:00Z" source ""
      7 [running] < 0: main.f /src/main.go:3
    "#);
    let escaped = serde_json::to_string(&format!("{record}\n")).expect("text");
    insta::assert_snapshot!(shown(&format!("{{\"log\":{escaped},\"stream\":\"stderr\",\"time\":\"x\"}}\n")), @r#"
    prefix docker
    stack at line 1 "panic: boom" time "2026-05-11T10:00:00Z" source ""
      7 [running] < 0: main.f /src/main.go:3
    "#);
    let lines = "{\"MESSAGE\":\"panic: boom\",\"_PID\":\"7\"}\n{\"MESSAGE\":\"goroutine 7 [running]:\",\"_PID\":\"7\"}\n\
        {\"MESSAGE\":\"main.f()\",\"_PID\":\"7\"}\n{\"MESSAGE\":\"\\t/src/main.go:3 +0x1\",\"_PID\":\"7\"}\n";
    insta::assert_snapshot!(shown(lines), @r#"
    prefix json-lines
    panic at line 1 "panic: boom" time "" source ""
      7 [running] < 0: main.f /src/main.go:3
    panic "boom" recovered false repanicked false
    "#);
}
