//! Where we go on although Go stops, and that we then say so.

use goscope_parsers::trace::{ProblemKind, Strictness, TraceReader, trace_info};

use crate::trace_wire::{RUNNABLE, RUNNING, Wire, dump, kind};

#[test]
fn an_unfinished_last_generation_is_delivered_as_far_as_it_goes() {
    let mut wire = Wire::new(26);
    wire.generation(1, 100);
    wire.clock(2, 1000).events(
        2,
        7,
        1000,
        &[
            (kind::PROC_STATUS, &[1, 0, 1]),
            (kind::GO_STATUS, &[1, 1, 7, RUNNING]),
            // Neither the reason nor the stack made it into the file.
            (kind::GO_BLOCK, &[1, 5, 9]),
            // Who unblocked goroutine 1 did not make it into the file either.
            (kind::GO_START, &[1, 1, 2]),
        ],
    );
    insta::assert_snapshot!(dump(&wire.bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=100 N=1 Trace=100 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=101 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=102 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=103 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=1000 N=2 Trace=1000 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=0 G=1 StateTransition Time=1001 ProcID=0 Running->Running Reason=""
    M=7 P=0 G=1 StateTransition Time=1002 GoID=1 Running->Running Reason=""
    M=7 P=0 G=1 StateTransition Time=1003 GoID=1 Running->Waiting Reason="?"
    M=-1 P=-1 G=-1 Sync Time=1004 N=3
    IncompleteGeneration: the last generation has no end: the program crashed or is still writing (byte 119, generation 2, 4 bytes lost)
    "#);
    let strict = dump(&wire.bytes, Strictness::LikeGo);
    assert!(!strict.contains("Running->Waiting"), "Go delivers nothing of it: {strict}");
}

#[test]
fn a_generation_after_a_broken_one_starts_anew() {
    let mut wire = Wire::new(26);
    wire.generation(1, 100);
    wire.clock(2, 1000).events(2, 7, 1000, &[(kind::PROC_STATUS, &[1, 0, 2])]).end();
    wire.generation(3, 2000);
    insta::assert_snapshot!(dump(&wire.bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=100 N=1 Trace=100 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=101 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=102 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=103 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=1000 N=2 Trace=1000 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=-1 P=-1 G=-1 Sync Time=2000 N=3 Trace=2000 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=2001 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=2002 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=2003 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=2004 N=4
    Inconsistent: inconsistent status of proc 0: it is Running and said to be Idle (byte 102, generation 2, batch 1, 4 bytes lost)
    "#);
    let strict = dump(&wire.bytes, Strictness::LikeGo);
    assert!(!strict.contains("Time=2003"), "Go stops at the contradiction: {strict}");
}

#[test]
fn a_generation_after_a_gap_goes_on_unless_it_contradicts() {
    let mut fits = Wire::new(26);
    fits.generation(1, 100).generation(5, 1000);
    assert_eq!(dump(&fits.bytes, Strictness::Salvage), dump(&fits.bytes, Strictness::LikeGo));

    let mut contradicts = Wire::new(26);
    contradicts.generation(1, 100);
    let other: &[(u8, &[u64])] = &[
        (kind::PROC_STATUS, &[1, 0, 1]),
        (kind::GO_STATUS, &[1, 1, 7, RUNNABLE]),
        (kind::HEAP_ALLOC, &[1, 1]),
    ];
    contradicts.clock(5, 1000).events(5, 7, 1000, other).end();
    insta::assert_snapshot!(dump(&contradicts.bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=100 N=1 Trace=100 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=101 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=102 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=103 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=1000 N=2 Trace=1000 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=1001 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=1002 GoID=1 Undetermined->Runnable Reason=""
    M=7 P=0 G=-1 Metric Time=1003 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(1)}
    M=-1 P=-1 G=-1 Sync Time=1004 N=3
    LostGenerations: generations between 1 and 5 are missing (byte 65, generation 5)
    "#);
}

#[test]
fn a_trace_lasts_from_the_sync_that_begins_it_to_the_one_that_ends_it() {
    let mut wire = Wire::new(26);
    wire.generation(1, 100).generation(2, 1000);
    let info = trace_info(&wire.bytes).expect("the header is sound");
    assert_eq!((info.first_time, info.last_time, info.duration_nanos()), (100, 1004, 904));
    assert_eq!(info.events, 6, "without the Sync events");
}

#[test]
fn an_unreadable_event_ends_its_thread_and_not_the_others() {
    let mut wire = Wire::new(26);
    wire.clock(1, 100)
        .events(1, 7, 100, &[(kind::PROC_STATUS, &[1, 0, 1]), (99, &[1]), (kind::HEAP_ALLOC, &[1, 1])])
        .events(1, 8, 200, &[(kind::PROC_STATUS, &[1, 1, 1]), (kind::HEAP_ALLOC, &[1, 2])])
        .end();
    insta::assert_snapshot!(dump(&wire.bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=100 N=1 Trace=100 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=101 ProcID=0 Undetermined->Running Reason=""
    M=8 P=-1 G=-1 StateTransition Time=201 ProcID=1 Undetermined->Running Reason=""
    M=8 P=1 G=-1 Metric Time=202 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(2)}
    M=-1 P=-1 G=-1 Sync Time=203 N=2
    Malformed: unknown event type 99; nothing behind it in its batch can be read (byte 55, generation 1, batch 1, 5 bytes lost)
    "#);
}

#[test]
fn generations_of_go_1_25_with_one_missing_are_all_read() {
    let mut wire = Wire::new(25);
    wire.generation(1, 100).generation(3, 1000);
    insta::assert_snapshot!(dump(&wire.bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=100 N=1 Trace=100 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=101 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=102 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=103 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=1000 N=2 Trace=1000 Mono=7 Wall=2023-11-14T22:13:20.000000005Z
    M=7 P=-1 G=-1 StateTransition Time=1001 ProcID=0 Undetermined->Running Reason=""
    M=7 P=0 G=-1 StateTransition Time=1002 GoID=1 Undetermined->Running Reason=""
    M=7 P=0 G=1 Metric Time=1003 Name="/memory/classes/heap/objects:bytes" Value=Value{Uint64(4096)}
    M=-1 P=-1 G=-1 Sync Time=1004 N=3
    LostGenerations: generation 3 follows 1 (byte 64, generation 1)
    "#);
}

#[test]
fn bytes_behind_the_end_are_lost_and_counted() {
    let mut wire = Wire::new(26);
    wire.generation(1, 100);
    wire.bytes.extend(b"\xffgarbage");
    let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
    assert_eq!(reader.by_ref().count(), 5);
    let [problem] = reader.problems() else { panic!("{:?}", reader.problems()) };
    assert_eq!((problem.kind, problem.lost_bytes), (ProblemKind::Malformed, 8));
}

#[test]
fn a_newer_version_is_read_with_the_newest_rules_and_said_to_be_unknown() {
    let mut wire = Wire::new(31);
    wire.generation(1, 100);
    let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
    assert_eq!(reader.by_ref().count(), 5);
    assert_eq!(reader.problems()[0].kind, ProblemKind::UnknownVersion);
}

#[test]
fn equal_strings_and_stacks_of_different_generations_have_equal_ids() {
    let mut wire = Wire::new(26);
    for (number, string, stack) in [(1, 3, 4), (2, 30, 40)] {
        let time = number * 1000;
        let events: &[(u8, &[u64])] = &[
            (kind::PROC_STATUS, &[1, 0, 1]),
            (kind::GO_STATUS, &[1, 1, 7, RUNNING]),
            (kind::USER_LOG, &[1, 0, string, string, stack]),
        ];
        wire.clock(number, time)
            .events(number, 7, time, events)
            .stacks(number, time, &[(stack, &[[1, string, string, 1]])])
            .strings(number, time, &[(string, b"caf\xff")])
            .end();
    }
    let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
    let logs: Vec<_> = reader.by_ref().filter(|event| event.kind.name() == "Log").collect();
    assert_eq!((logs[0].kind, logs[0].stack), (logs[1].kind, logs[1].stack));
    assert_eq!((reader.tables().string_count(), reader.tables().stack_count()), (2, 2));
    assert!(reader.problems().is_empty(), "{:?}", reader.problems());
}
