//! Dumps as text in, groups and findings as text out.

use goscope_parsers::dump::{DumpFile, DumpOptions, read_dumps};
use regex::bytes::Regex;

use super::*;

fn read(text: &str) -> DumpFile {
    read_dumps(text.as_bytes(), &DumpOptions::default()).expect("text")
}

fn found(text: &str) -> Vec<String> {
    let file = read(text);
    let all = findings(DumpFacts { file: &file, dump: file.dumps.last() });
    all.iter()
        .map(|found| format!("{} ({}): {}", found.kind.word(), found.certainty.word(), found.text))
        .collect()
}

/// A goroutine that waits for a mutex in a function.
fn waiter(id: u64, lock: u64, function: &str, line: u32) -> String {
    format!(
        "goroutine {id} [sync.Mutex.Lock]:\ninternal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)\n\
         \truntime/sema.go:95 +0x25\ninternal/sync.(*Mutex).lockSlow({lock:#x})\n\tinternal/sync/mutex.go:149 +0x15d\n\
         internal/sync.(*Mutex).Lock(...)\n\tinternal/sync/mutex.go:70\nsync.(*Mutex).Lock(...)\n\tsync/mutex.go:46\n\
         {function}\n\tmain.go:{line} +0x4d\n"
    )
}

fn goroutine(id: u64, state: &str, frames: &[(&str, u32)]) -> String {
    let frames: String =
        frames.iter().map(|(call, line)| format!("{call}\n\tmain.go:{line} +0x1\n")).collect();
    format!("goroutine {id} [{state}]:\n{frames}")
}

const DUMPER: &str = "goroutine 1 [running]:\nmain.main()\n\tmain.go:100 +0x1\n";

#[test]
fn a_method_that_calls_a_method_of_the_same_value_locks_twice() {
    let inner = waiter(7, 0xc0_0001_0010, "main.(*cache).drop(0xc000010000)", 20);
    let text = format!("{DUMPER}\n{inner}main.(*cache).clear(0xc000010000)\n\tmain.go:30 +0x1\n");
    let all = found(&text);
    assert_eq!(
        all,
        [
            "deadlock (likely): goroutine 7 waits in main.(*cache).drop for a mutex that it probably holds itself"
        ]
    );
}

#[test]
fn two_that_wait_for_each_other_through_fields() {
    let text = format!(
        "{DUMPER}\n{}\n{}\n{}\n{}",
        waiter(7, 0xc0_0002_0008, "main.(*pair).both(0xc000010000, 0xc000020000)", 20),
        waiter(8, 0xc0_0001_0008, "main.(*pair).both(0xc000020000, 0xc000010000)", 20),
        waiter(9, 0xc0_0001_0008, "main.(*pair).both(0xc000010000, 0xc000030000)", 18),
        goroutine(10, "sleep", &[("time.Sleep(0x1)", 1), ("main.tick()", 5)]),
    );
    let all = found(&text);
    assert!(
        all.iter().any(|text| text
            .starts_with("deadlock (likely): 2 goroutines wait for each other in main.(*pair).both")),
        "{all:?}"
    );
}

#[test]
fn a_holder_at_work_is_a_queue_and_no_deadlock() {
    for state in ["sleep", "IO wait", "syscall", "runnable", "running"] {
        let text = format!(
            "{DUMPER}\n{}\n{}\n{}",
            goroutine(
                6,
                state,
                &[("main.(*store).load(0xc000010000)", 44), ("main.(*store).get(0xc000010000, 0x1)", 25)]
            ),
            waiter(7, 0xc0_0001_0000, "main.(*store).get(0xc000010000, 0x2)", 20),
            waiter(8, 0xc0_0001_0000, "main.(*store).get(0xc000010000, 0x3)", 20),
        );
        let all = found(&text);
        assert!(
            all[0].starts_with("convoy (likely): 2 goroutines wait in main.(*store).get"),
            "{state}: {all:?}"
        );
        assert!(!all.iter().any(|text| text.starts_with("deadlock")), "{state}: {all:?}");
    }
}

#[test]
fn idle_programs_are_no_deadlock() {
    let workers: String = (10..20)
        .map(|id| goroutine(id, "chan receive, 5 minutes", &[("main.worker(0xc000010000)", 12)]) + "\n")
        .collect();
    assert_eq!(found(&format!("{DUMPER}\n{workers}")), [""; 0]);
    let server = goroutine(
        3,
        "IO wait, 9 minutes",
        &[("net.(*TCPListener).Accept(0x1)", 9), ("main.main.func1()", 50)],
    );
    assert_eq!(found(&format!("{DUMPER}\n{workers}{server}")), [""; 0]);
}

#[test]
fn what_nothing_wakes_is_told_but_not_of_main() {
    let text = format!(
        "{}\n{}\n{}",
        goroutine(1, "select (no cases), 3 minutes", &[("main.main()", 9)]),
        goroutine(7, "chan receive (nil chan)", &[("main.wait()", 12)]),
        goroutine(8, "chan send (leaked)", &[("main.send()", 13)]),
    );
    assert_eq!(
        found(&text),
        [
            "leaked (certain): 1 goroutine is leaked for certain: chan send in main.send (main.go:13), and nothing that runs can reach it",
            "never_wakes (certain): 1 goroutine waits for ever: chan receive (nil chan) in main.wait (main.go:12)",
        ]
    );
}

#[test]
fn crashes_name_the_line_below_the_deferred_functions() {
    let text = "panic: boom [recovered]\n\tpanic: boom\n\ngoroutine 7 [running]:\nmain.clean()\n\tmain.go:5 +0x1\n\
                panic({0x1, 0x2})\n\truntime/panic.go:860 +0x1\nmain.work(0x1)\n\tmain.go:12 +0x1\n";
    assert_eq!(found(text), ["crash (certain): panic: boom, in main.work (main.go:12), goroutine 7"]);
}

#[test]
fn groups_by_all_keys_and_filters() {
    let text = "goroutine 1 [running]:\nmain.main()\n\tmain.go:9 +0x1\n\n\
        goroutine 7 [select, 5 minutes] {tenant: acme}:\nmain.f(0x1)\n\tmain.go:12 +0x1\ncreated by main.main in goroutine 1\n\tmain.go:3 +0x1\n\n\
        goroutine 8 [select] {tenant: acme}:\nmain.f(0x2)\n\tmain.go:12 +0x1\ncreated by main.main in goroutine 1\n\tmain.go:3 +0x1\n\n\
        goroutine 9 [chan receive] {tenant: zoo}:\nmain.f(0x2)\n\tmain.go:13 +0x1\ncreated by main.main in goroutine 1\n\tmain.go:3 +0x1\n";
    let file = read(text);
    let dump = &file.dumps[0];
    let shown = |grouping: &Grouping, filter: &DumpFilter| {
        let rows = select(dump, &file.tables, filter);
        let all = groups(dump, &file.tables, grouping, &rows);
        let texts = all.iter().map(|group| {
            let state = group.state.map_or("several", |state| &file.tables.state(state).name);
            let ids: Vec<String> = group.goroutines(dump).map(|row| row.id.to_string()).collect();
            format!(
                "{}{}[{state}] {}",
                group.name,
                if group.name.is_empty() { "" } else { " " },
                ids.join(" ")
            )
        });
        texts.collect::<Vec<_>>().join("; ")
    };
    let all = DumpFilter::default();
    assert_eq!(shown(&Grouping::Lines, &all), "[select] 7 8; [running] 1; [chan receive] 9");
    assert_eq!(shown(&Grouping::Exact, &all), "[select] 7; [running] 1; [select] 8; [chan receive] 9");
    assert_eq!(shown(&Grouping::Creator, &all), "main.main [several] 7 8 9; (not said) [running] 1");
    assert_eq!(
        shown(&Grouping::Label("tenant".to_owned()), &all),
        "acme [select] 7 8; (none) [running] 1; zoo [chan receive] 9"
    );
    let filter = |change: &dyn Fn(&mut DumpFilter)| {
        let mut filter = DumpFilter::default();
        change(&mut filter);
        shown(&Grouping::Lines, &filter)
    };
    assert_eq!(filter(&|filter| filter.min_minutes = 1), "[select] 7");
    assert_eq!(filter(&|filter| filter.max_minutes = Some(0)), "[running] 1; [select] 8; [chan receive] 9");
    assert_eq!(filter(&|filter| filter.states = vec!["Chan receive".to_owned()]), "[chan receive] 9");
    assert_eq!(
        filter(&|filter| filter.label = Some(("tenant".to_owned(), Some("zoo".to_owned())))),
        "[chan receive] 9"
    );
    let pattern = |text: &str| Some(Regex::new(text).expect("a pattern"));
    assert_eq!(filter(&|filter| filter.focus = pattern("main\\.f")), "[select] 7 8; [chan receive] 9");
    assert_eq!(filter(&|filter| filter.ignore = pattern("main\\.f")), "[running] 1");
}

/// A dump with a worker per id, and goroutines that a function blocks.
fn snapshot(workers: &[u64], blocked: &[(u64, u64)]) -> String {
    let mut text = DUMPER.to_owned();
    for id in workers {
        text += &format!("\n{}", goroutine(*id, "chan receive", &[("main.worker()", 5)]));
    }
    for (id, parent) in blocked {
        let block = goroutine(*id, "chan send", &[("main.answer()", 7)]);
        text += &format!("\n{block}created by main.worker in goroutine {parent}\n\tmain.go:6 +0x1\n");
    }
    text
}

fn judged(texts: &[String]) -> Vec<String> {
    let files: Vec<DumpFile> = texts.iter().map(|text| read(text)).collect();
    let snapshots: Vec<Snapshot<'_>> = files
        .iter()
        .zip(0_u8..)
        .map(|(file, at)| Snapshot {
            file,
            dump: &file.dumps[0],
            tables: &file.tables,
            seconds: Some(f64::from(at) * 60.0),
        })
        .collect();
    let found = snapshot_findings(&snapshots);
    let texts = found.findings.iter().filter(|finding| !finding.counts.is_empty());
    texts.map(|found| format!("{} ({}): {}", found.kind.word(), found.certainty.word(), found.text)).collect()
}

#[test]
fn groups_are_the_same_in_dumps_of_both_levels() {
    let sender = |level_2: bool| {
        let around = |line: &'static str| if level_2 { line } else { "" };
        format!(
            "goroutine 7 [chan send]:\n{}main.send(0x1)\n\tmain.go:5 +0x1\n{}created by main.main in goroutine 1\n\tmain.go:9 +0x1\n",
            around("runtime.gopark(0x1)\n\truntime/proc.go:1 +0x1\n"),
            around("main.main.gowrap1()\n\tmain.go:9 +0x1\nruntime.goexit({})\n\truntime/asm.s:1 +0x1\n")
        )
    };
    let files = [false, true].map(|level_2| read(&format!("{DUMPER}\n{}", sender(level_2))));
    let snapshots: Vec<Snapshot<'_>> = files
        .iter()
        .map(|file| Snapshot { file, dump: &file.dumps[0], tables: &file.tables, seconds: None })
        .collect();
    let counts: Vec<Vec<usize>> =
        growth(&snapshots, &Grouping::Lines).into_iter().map(|group| group.counts).collect();
    assert_eq!(counts, [[1, 1], [1, 1]]);
}

#[test]
fn growth_is_by_what_makes_goroutines_equal() {
    let sender = |id: usize, line: usize, tenant: &str| {
        format!(
            "goroutine {id} [chan send] {{tenant: {tenant}}}:\nmain.send(0x1)\n\tmain.go:{line} +0x1\ncreated by main.start in goroutine 1\n\tmain.go:9 +0x1\n\n"
        )
    };
    let first = [sender(7, 5, "a"), sender(8, 6, "b")].concat();
    let second = [sender(7, 5, "a"), sender(8, 6, "b"), sender(9, 6, "a")].concat();
    let files = [first, second].map(|text| read(&format!("{DUMPER}\n{text}")));
    let snapshots: Vec<Snapshot<'_>> = files
        .iter()
        .map(|file| Snapshot { file, dump: &file.dumps[0], tables: &file.tables, seconds: None })
        .collect();
    let shown = |grouping: &Grouping| {
        let all = growth(&snapshots, grouping).into_iter();
        let grown = all.filter(|group| group.counts.last() != Some(&1) || group.counts[0] != 1);
        grown.map(|group| format!("{} {:?}", group.name, group.counts)).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(shown(&Grouping::Lines), " [1, 2]", "line 6");
    assert_eq!(shown(&Grouping::Functions), " [2, 3]");
    assert_eq!(shown(&Grouping::Creator), "main.start [2, 3]");
    assert_eq!(shown(&Grouping::Label("tenant".to_owned())), "a [1, 2]");
}

#[test]
fn growth_is_a_leak_if_all_stay_and_load_if_they_do_not() {
    let blocked = |ids: std::ops::Range<u64>| ids.map(|id| (id, 2)).collect::<Vec<_>>();
    let stay = [10..15, 10..25, 10..40].map(|ids| snapshot(&[2, 3], &blocked(ids)));
    assert_eq!(
        judged(&stay),
        [
            "leak (likely): main.answer (main.go:7) leaks: 5 \u{2192} 15 \u{2192} 30 goroutines in chan send, 12 a minute, and none of them ended"
        ]
    );
    let turn_over = [10..15, 20..35, 40..70].map(|ids| snapshot(&[2, 3], &blocked(ids)));
    assert_eq!(
        judged(&turn_over),
        [
            "load (likely): main.answer (main.go:7) (chan send) grows with the work: 5 \u{2192} 15 \u{2192} 30, but of those before, 0% stayed"
        ]
    );
    // Each worker has one, and there are more workers.
    let with_parents = [4_u64, 8, 16].map(|count| {
        let workers: Vec<u64> = (2..2 + count).collect();
        let blocked: Vec<(u64, u64)> = workers.iter().map(|id| (id + 100, *id)).collect();
        snapshot(&workers, &blocked)
    });
    let all = judged(&with_parents);
    assert!(all.iter().any(|text| text.starts_with("load (likely): main.answer")), "{all:?}");
    let same = [10..20, 10..20].map(|ids| snapshot(&[2, 3], &blocked(ids)));
    assert_eq!(judged(&same), [""; 0]);
}

#[test]
fn races_of_the_same_lines_are_one() {
    let report = |address: &str| {
        format!(
            "==================\nWARNING: DATA RACE\nWrite at {address} by goroutine 9:\n  main.write()\n      main.go:16 +0x30\n\n\
             Previous read at {address} by main goroutine:\n  main.main()\n      main.go:20 +0x30\n\n\
             Goroutine 9 (running) created at:\n  main.main()\n      main.go:18 +0x1\n==================\n"
        )
    };
    let text = format!("{}{}Found 2 data race(s)\n", report("0x00c00001"), report("0x00c00002"));
    assert_eq!(
        found(&text),
        [
            "race (certain): data race at 0x00c00001: write in main.write (main.go:16) and read in main.main (main.go:20), reported 2 times"
        ]
    );
}

#[test]
fn locks_are_listed_with_who_waits_and_who_holds_them() {
    let text = format!(
        "{DUMPER}\n{}\n{}\n{}\n{}",
        goroutine(
            6,
            "sleep",
            &[("main.(*store).load(0xc000010000)", 44), ("main.(*store).get(0xc000010000, 0x1)", 25)]
        ),
        waiter(7, 0xc0_0001_0000, "main.(*store).get(0xc000010000, 0x2)", 20),
        waiter(8, 0xc0_0001_0000, "main.(*store).get(0xc000010000, 0x3)", 20),
        waiter(9, 0xc0_0007_0000, "main.other(0x1)", 70),
    );
    let file = read(&text);
    let dump = file.dumps.last().expect("a dump");
    let ids =
        |rows: &[u32]| -> Vec<u64> { rows.iter().map(|&row| dump.goroutines[row as usize].id).collect() };
    let lines: Vec<String> = locks(dump, &file.tables)
        .iter()
        .map(|lock| {
            let site = lock.site.map_or("?", |site| file.tables.function(site));
            let address = lock.address.map_or_else(String::new, |address| format!(" {address:#x}"));
            format!(
                "{}{address} in {site}: {:?} wait for {:?}{}",
                lock.noun,
                ids(&lock.waiters),
                ids(&lock.holders),
                if lock.is_stuck { ", stuck" } else { "" }
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    a mutex 0xc000010000 in main.(*store).get: [7, 8] wait for [6]
    a mutex 0xc000070000 in main.other: [9] wait for []
    ");
}

#[test]
fn goroutines_are_a_profile_whose_values_are_their_number() {
    let worker = [("runtime.gopark(0x1)", 9), ("main.wait(0x1)", 20), ("main.work(0x2)", 30)];
    let created = |id: u64| {
        let stack = goroutine(id, "chan receive", &worker);
        format!("{stack}created by main.serve in goroutine 1\n\tmain.go:7 +0x1\n")
    };
    let text = format!("{DUMPER}\n{}\n{}\n{}", created(7), created(8), goroutine(9, "select", &worker));
    let file = read(&text);
    let dump = file.dumps.last().expect("a dump");
    let rows: Vec<u32> = (0_u32..).take(dump.goroutines.len()).collect();
    let shown = |outer: OuterFrame| {
        let profile = stacks_profile(dump, &file.tables, &rows, outer);
        let line = |sample: usize| {
            let stack = profile.samples.stack(sample).iter().rev();
            let frames = stack.flat_map(|&location| profile.locations.lines(location)).map(|line| {
                let name = profile.functions[line.function.index()].name;
                profile.text(name).into_owned()
            });
            format!("{} {}", frames.collect::<Vec<_>>().join(";"), profile.samples.value(sample, 0))
        };
        (0..profile.samples.len()).map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown(OuterFrame::None), @r"
    main.main 1
    main.work;main.wait 2
    main.work;main.wait 1
    ");
    insta::assert_snapshot!(shown(OuterFrame::State), @r"
    running;main.main 1
    chan receive;main.work;main.wait 2
    select;main.work;main.wait 1
    ");
    insta::assert_snapshot!(shown(OuterFrame::Creator), @r"
    created by (not said);main.main 1
    created by main.serve;main.work;main.wait 2
    created by (not said);main.work;main.wait 1
    ");
}
