//! What a program does wrong with tasks and regions costs nothing but the certainty of these.

use goscope_parsers::trace::{ProblemKind, Strictness, TraceReader};
use goscope_test_support::corpus;

use crate::trace_v1::event;
use crate::trace_wire::{RUNNING, Wire, dump, kind, uvarint};

const STRINGS: &[(u64, &[u8])] = &[
    (1, b"outer"),
    (2, b"inner"),
    (3, b"main.work"),
    (4, b"/src/main.go"),
    (5, b"runtime/trace.(*Region).End"),
    (6, b"region.go"),
];

/// A generation in which goroutine 7 runs on thread 7 and does this with tasks and regions.
fn annotated(wire: &mut Wire, number: u64, annotations: &[(u8, &[u64])]) {
    let time = number * 1000;
    let begin: &[(u8, &[u64])] = &[(kind::PROC_STATUS, &[1, 0, 1]), (kind::GO_STATUS, &[1, 7, 7, RUNNING])];
    let events = [begin, annotations].concat();
    // Stack 1 ends in the program's line 12, behind the call into runtime/trace.
    wire.clock(number, time)
        .events(number, 7, time, &events)
        .stacks(number, time, &[(1, &[[1, 5, 6, 40], [2, 3, 4, 12]])])
        .strings(number, time, STRINGS)
        .end();
}

#[track_caller]
fn annotation_lines(bytes: &[u8], strictness: Strictness) -> String {
    let text = dump(bytes, strictness);
    let is_told = |line: &&str| !line.contains(" StateTransition ") && !line.contains(" Sync ");
    text.lines().filter(is_told).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_region_that_ends_before_one_inside_it_costs_nothing() {
    let mut wire = Wire::new(26);
    annotated(
        &mut wire,
        1,
        &[
            (kind::USER_REGION_BEGIN, &[1, 9, 1, 0]),
            (kind::USER_REGION_BEGIN, &[1, 9, 2, 0]),
            (kind::USER_REGION_END, &[1, 9, 1, 1]),
            (kind::USER_REGION_END, &[1, 9, 2, 1]),
            (kind::HEAP_ALLOC, &[1, 4096]),
        ],
    );
    annotated(&mut wire, 2, &[]);
    insta::assert_snapshot!(annotation_lines(&wire.bytes, Strictness::Salvage), @r#"
    M=7 P=0 G=7 RegionBegin Time=1003 Task=9 Type="outer"
    M=7 P=0 G=7 RegionBegin Time=1004 Task=9 Type="inner"
    M=7 P=0 G=7 RegionEnd Time=1005 Task=9 Type="outer"
    M=7 P=0 G=7 RegionEnd Time=1006 Task=9 Type="inner"
    M=7 P=0 G=7 Metric Time=1007 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    Annotation: region "outer" of task 9 ends on goroutine 7 before "inner", which began inside it, in main.work at /src/main.go:12 (byte 72, generation 1, batch 1)
    "#);
    let strict = annotation_lines(&wire.bytes, Strictness::LikeGo);
    assert!(!strict.contains("RegionEnd"), "Go delivers neither the end nor what follows: {strict}");
}

#[test]
fn regions_end_out_of_order_over_generations_and_on_other_goroutines() {
    let mut wire = Wire::new(25);
    let begins: &[(u8, &[u64])] =
        &[(kind::USER_REGION_BEGIN, &[1, 0, 1, 0]), (kind::USER_REGION_BEGIN, &[1, 0, 2, 0])];
    annotated(&mut wire, 1, begins);
    // Task 5 never had a region open here; outer ends before inner; then one that nobody began.
    let ends: &[(u8, &[u64])] = &[
        (kind::USER_REGION_END, &[1, 5, 1, 0]),
        (kind::USER_REGION_END, &[1, 0, 1, 1]),
        (kind::USER_REGION_END, &[1, 0, 2, 1]),
        (kind::USER_REGION_END, &[1, 0, 2, 1]),
    ];
    annotated(&mut wire, 2, ends);
    insta::assert_snapshot!(annotation_lines(&wire.bytes, Strictness::Salvage), @r#"
    M=7 P=0 G=7 RegionBegin Time=1003 Task=0 Type="outer"
    M=7 P=0 G=7 RegionBegin Time=1004 Task=0 Type="inner"
    M=7 P=0 G=7 RegionEnd Time=2003 Task=5 Type="outer"
    M=7 P=0 G=7 RegionEnd Time=2004 Task=0 Type="outer"
    M=7 P=0 G=7 RegionEnd Time=2005 Task=0 Type="inner"
    M=7 P=0 G=7 RegionEnd Time=2006 Task=0 Type="inner"
    Annotation: region "outer" of task 5 ends on goroutine 7 without having begun there ("inner" is the innermost open one), at an unknown line (byte 246, generation 2, batch 1)
    Annotation: region "outer" of no task ends on goroutine 7 before "inner", which began inside it, in main.work at /src/main.go:12 (byte 251, generation 2, batch 1)
    "#);
}

#[test]
fn a_task_that_begins_or_ends_twice_costs_nothing() {
    let mut wire = Wire::new(26);
    annotated(
        &mut wire,
        1,
        &[
            (kind::USER_TASK_BEGIN, &[1, 5, 0, 1, 1]),
            (kind::USER_TASK_BEGIN, &[1, 5, 0, 2, 1]),
            (kind::USER_TASK_END, &[1, 5, 1]),
            (kind::USER_TASK_END, &[1, 5, 1]),
        ],
    );
    insta::assert_snapshot!(annotation_lines(&wire.bytes, Strictness::Salvage), @r#"
    M=7 P=0 G=7 TaskBegin Time=1003 ID=5 Parent=18446744073709551615 Type="outer"
    M=7 P=0 G=7 TaskBegin Time=1004 ID=5 Parent=18446744073709551615 Type="inner"
    M=7 P=0 G=7 TaskEnd Time=1005 ID=5 Parent=18446744073709551615 Type="inner"
    M=7 P=0 G=7 TaskEnd Time=1006 ID=5 Parent=18446744073709551615 Type=""
    Annotation: task 5 "inner" begins a second time on goroutine 7, in main.work at /src/main.go:12 (byte 68, generation 1, batch 1)
    "#);
}

#[test]
fn of_very_many_misuses_some_are_told_and_the_others_counted() {
    let mut wire = Wire::new(26);
    let mut events: Vec<(u8, &[u64])> = vec![(kind::USER_REGION_BEGIN, &[1, 0, 1, 0])];
    events.extend(std::iter::repeat_n((kind::USER_REGION_END, &[1, 5, 2, 1][..]), 1000));
    annotated(&mut wire, 1, &events);
    let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
    assert_eq!(reader.by_ref().count(), 1001 + 4, "all events are there");
    let problems = reader.problems();
    assert!(
        problems.iter().all(|it| (it.kind, it.lost_bytes) == (ProblemKind::Annotation, 0)),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 21);
    assert_eq!(problems[20].to_string(), "980 more regions or tasks begin or end out of order");
}

#[test]
fn of_an_old_trace_nothing_is_lost_either() {
    let mut bytes = b"go 1.21 trace\0\0\0".to_vec();
    let mut push = |kind, numbers: &[u64]| event(&mut bytes, 21, kind, numbers);
    push(1, &[0, 5000]);
    push(4, &[10, 4, 0]);
    push(5, &[10, 11]);
    push(13, &[10, 7, 0, 0]);
    push(14, &[10, 7, 1]);
    // Task 9 twice; regions 1 and 2 of it, begun (0) and ended (1); one that does neither (2).
    for numbers in [[10, 9, 0, 1, 1], [10, 9, 0, 1, 1]] {
        push(45, &numbers);
    }
    for numbers in [[10, 9, 0, 1, 1], [10, 9, 0, 2, 1], [10, 9, 1, 1, 1], [10, 9, 1, 2, 1], [10, 9, 2, 2, 1]]
    {
        push(47, &numbers);
    }
    push(46, &[10, 9, 1]);
    push(15, &[10]);
    push(3, &[1, 2, 1, 5, 6, 40, 2, 3, 4, 12]);
    push(2, &[1_000_000_000]);
    for &(id, string) in STRINGS {
        bytes.push(37);
        uvarint(&mut bytes, id);
        uvarint(&mut bytes, string.len() as u64);
        bytes.extend(string);
    }
    insta::assert_snapshot!(annotation_lines(&bytes, Strictness::Salvage), @r#"
    M=-1 P=0 G=-1 Metric Time=0 Name="/sched/gomaxprocs:threads" Value=Value{Uint64(4)}
    M=11 P=0 G=7 TaskBegin Time=40 ID=9 Parent=18446744073709551615 Type="outer"
    M=11 P=0 G=7 TaskBegin Time=50 ID=9 Parent=18446744073709551615 Type="outer"
    M=11 P=0 G=7 RegionBegin Time=60 Task=9 Type="outer"
    M=11 P=0 G=7 RegionBegin Time=70 Task=9 Type="inner"
    M=11 P=0 G=7 RegionEnd Time=80 Task=9 Type="outer"
    M=11 P=0 G=7 RegionEnd Time=90 Task=9 Type="inner"
    M=11 P=0 G=7 TaskEnd Time=110 ID=9 Parent=0 Type="outer"
    Annotation: task 9 "outer" begins a second time on goroutine 7, in main.work at /src/main.go:12
    Annotation: region "outer" of task 9 ends on goroutine 7 before "inner", which began inside it, in main.work at /src/main.go:12
    Annotation: region "inner" of task 9 neither begins nor ends (mode 2) on goroutine 7, in main.work at /src/main.go:12
    "#);
    assert_eq!(annotation_lines(&bytes, Strictness::LikeGo).lines().count(), 1, "Go delivers nothing at all");
}

#[test]
fn traces_from_the_field_with_regions_out_of_order_are_whole() {
    let Some(folder) = corpus("reports") else { return };
    let outer = "region \"outer\" of no task ends on goroutine 1 before \"inner\"";
    for (name, end, line) in [
        ("regionorder.trace", outer, "in main.run"),
        ("regionorder-go1.21.trace", outer, "in main.run"),
        ("misuse-40.trace", "region \"parse\" of task 21 ends on goroutine ", "in main.main.func1"),
    ] {
        let bytes = std::fs::read(folder.join(name)).expect("a file of the corpus");
        let mut reader = TraceReader::new(&bytes).expect("the header is sound");
        assert!(reader.by_ref().count() > 10, "{name}");
        let [problem] = reader.problems() else { panic!("{name}: {:?}", reader.problems()) };
        let said = problem.to_string();
        assert!(said.starts_with(end), "{name}: {said}");
        assert!(said.contains(line) && said.contains("main.go:"), "{name}: {said}");
        assert!(reader.lost_share() == 0.0, "{name}");
    }
}
