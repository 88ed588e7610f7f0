//! Traces of Go 1.5 to 1.10, which Go itself does not read any more: made by hand after the source of their time.

use goscope_parsers::trace::Strictness;

use crate::trace_wire::{dump, uvarint};

/// An event of the old format: the byte with type and count, then the numbers.
pub(crate) fn event(bytes: &mut Vec<u8>, minor: u32, kind: u8, numbers: &[u64]) {
    let inline = if minor < 7 { 4 } else { 3 };
    if numbers.len() > inline {
        let mut body = Vec::new();
        numbers.iter().for_each(|&number| uvarint(&mut body, number));
        bytes.push(kind | 3 << 6);
        uvarint(bytes, body.len() as u64);
        bytes.extend(body);
        return;
    }
    let count = numbers.len() - if minor < 7 { 2 } else { 1 };
    bytes.push(kind | (count as u8) << 6);
    numbers.iter().for_each(|&number| uvarint(bytes, number));
}

fn header(minor: u32) -> Vec<u8> {
    let mut bytes = format!("go 1.{minor} trace").into_bytes();
    bytes.resize(16, 0);
    bytes
}

#[test]
fn go_1_5_orders_by_a_global_number_and_has_bare_program_counters() {
    let mut bytes = header(5);
    let mut push = |kind, numbers: &[u64]| event(&mut bytes, 5, kind, numbers);
    // Batch of P 0: P, sequence number, ticks. Then every event: sequence and tick delta first.
    push(1, &[0, 100, 5000]);
    push(4, &[1, 10, 4, 7]);
    push(5, &[1, 10, 11]);
    push(13, &[1, 10, 5, 7, 7]);
    push(14, &[1, 10, 5]);
    push(15, &[3, 30]);
    // Batch of P 1, which falls between the start and the end of goroutine 5.
    push(1, &[1, 105, 5045]);
    push(5, &[0, 0, 12]);
    push(3, &[7, 2, 0xabc, 0xdef]);
    push(2, &[1_000_000_000, 0]);
    insta::assert_snapshot!(dump(&bytes, Strictness::Salvage), @r#"
    M=-1 P=-1 G=-1 Sync Time=-1 N=1
    M=-1 P=0 G=-1 Metric Time=0 Name="/sched/gomaxprocs:threads" Value=Value{Uint64(4)}
    M=11 P=0 G=-1 StateTransition Time=10 ProcID=0 Undetermined->Running Reason=""
    M=11 P=0 G=-1 StateTransition Time=20 GoID=5 NotExist->Runnable Reason=""
    M=11 P=0 G=5 StateTransition Time=30 GoID=5 Runnable->Running Reason=""
    M=12 P=1 G=-1 StateTransition Time=35 ProcID=1 Undetermined->Running Reason=""
    M=11 P=0 G=5 StateTransition Time=60 GoID=5 Running->NotExist Reason=""
    M=-1 P=-1 G=-1 Sync Time=61 N=2
    "#);
}

#[test]
fn go_1_7_to_1_10_have_sequence_numbers_of_goroutines() {
    for minor in [7, 8, 9, 10] {
        let mut bytes = header(minor);
        let mut push = |kind, numbers: &[u64]| event(&mut bytes, minor, kind, numbers);
        push(1, &[0, 5000]);
        push(4, &[10, 4, 0]);
        push(5, &[10, 11]);
        // The end of a sweep has two numbers since Go 1.9, the begin of a stop one since Go 1.10.
        push(11, &[10, 0]);
        push(12, if minor < 9 { &[10] } else { &[10, 8192, 4096] });
        push(9, if minor < 10 { &[10] } else { &[10, 1] });
        push(10, &[10]);
        push(13, &[10, 5, 0, 0]);
        push(14, &[10, 5, 1]);
        push(15, &[10]);
        push(2, &[1_000_000_000]);
        let text = dump(&bytes, Strictness::LikeGo);
        let bytes_swept = if minor < 9 { 0 } else { 8192 };
        let stop = if minor < 10 { "GC mark termination" } else { "GC sweep termination" };
        assert!(
            text.contains(&format!("\"bytes swept\"=Value{{Uint64({bytes_swept})}}")),
            "1.{minor}: {text}"
        );
        assert!(
            text.contains(&format!("RangeEnd Time=50 Name=\"stop-the-world ({stop})\"")),
            "1.{minor}: {text}"
        );
        assert!(text.contains("GoID=5 Running->NotExist"), "1.{minor}: {text}");
        assert!(!text.contains("Inconsistent"), "1.{minor}: {text}");
    }
}

#[test]
fn of_an_old_trace_without_frequency_nothing_is_told() {
    let mut bytes = header(11);
    event(&mut bytes, 11, 1, &[0, 5000]);
    event(&mut bytes, 11, 5, &[10, 11]);
    insta::assert_snapshot!(dump(&bytes, Strictness::Salvage), @r#"
    Malformed: no clock frequency (byte 23, 7 bytes lost)
    "#);
}
