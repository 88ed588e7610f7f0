//! Bytes that no Go wrote: cut, flipped, lying about sizes. Always an answer, soon, and in little memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goscope_parsers::trace::{
    ProblemKind, Strictness, TraceReader, footprint, write_event, write_event_json,
};
use goscope_test_support::{Random, corpus, files_below};

use crate::trace_wire::{Wire, dump, kind, uvarint};

/// Small traces of all versions: made by hand here, and the small ones of the corpus where it is.
fn small_traces() -> Vec<(String, Vec<u8>)> {
    let mut traces = Vec::new();
    for minor in [22, 23, 25, 26] {
        let mut wire = Wire::new(minor);
        wire.generation(1, 100).generation(2, 1000);
        traces.push((format!("two generations of 1.{minor}"), wire.bytes));
    }
    let parts = ["v2text", "v1", "realver", "v2go126"];
    let mut folders: Vec<PathBuf> =
        parts.iter().filter_map(|part| corpus(&format!("trace-conformance/{part}"))).collect();
    // Where inputs go that fuzzing found.
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trace_broken");
    folders.extend(broken.is_dir().then_some(broken));
    for path in folders.iter().flat_map(|folder| files_below(folder, &[".trace"])) {
        let bytes = std::fs::read(&path).expect("the trace is readable");
        if bytes.len() < 30_000 {
            traces.push((path.display().to_string(), bytes));
        }
    }
    traces.sort();
    traces
}

/// Reads everything in every way; the answer does not matter, that there is one does.
fn read_all(bytes: &[u8]) {
    for strictness in [Strictness::Salvage, Strictness::LikeGo] {
        let Ok(mut reader) = TraceReader::with_strictness(bytes, strictness) else { return };
        let (mut text, mut last_time, mut count) = (String::new(), i64::MIN, 0_usize);
        while let Some(chunk) = reader.next_chunk() {
            for event in chunk.events {
                assert!(event.time > last_time || last_time == i64::MAX, "times are strictly increasing");
                last_time = event.time;
                count += 1;
                if count % 16 == 0 {
                    text.clear();
                    write_event(&mut text, event, chunk.tables);
                    write_event_json(&mut text, event, chunk.tables);
                }
            }
        }
        assert!((0.0..=1.0).contains(&reader.lost_share()));
        // An event takes two bytes at least and becomes three events at most; v1 adds some of its own.
        assert!(count <= bytes.len() * 3 + 16, "{count} events from {} bytes", bytes.len());
        for problem in reader.problems() {
            assert!(problem.offset <= bytes.len() as u64, "{problem}");
        }
    }
    let _ = footprint(bytes);
}

#[test]
fn traces_cut_at_every_97th_byte_give_an_answer() {
    for (name, bytes) in small_traces() {
        for len in (0..bytes.len()).step_by(97) {
            let cut = &bytes[..len];
            assert!(std::panic::catch_unwind(|| read_all(cut)).is_ok(), "{name} cut at {len}");
        }
    }
}

#[test]
fn twenty_thousand_flipped_traces_give_an_answer() {
    let traces: Vec<_> = small_traces().into_iter().filter(|(_, bytes)| bytes.len() < 8_000).collect();
    let mut random = Random(0x5eed);
    for round in 0..20_000 {
        let (name, bytes) = &traces[round % traces.len()];
        let mut flipped = bytes.clone();
        for _ in 0..=random.below(4) {
            // The header stays: it would only be refused.
            let at = 16 + random.below(bytes.len() - 16);
            flipped[at] ^= 1 << random.below(8);
        }
        assert!(std::panic::catch_unwind(|| read_all(&flipped)).is_ok(), "round {round} of {name}");
    }
}

#[test]
fn ids_near_two_to_the_64_are_just_ids() {
    let huge = u64::MAX - 1;
    let mut wire = Wire::new(26);
    wire.clock(huge, 100)
        .events(
            huge,
            huge,
            100,
            &[
                (kind::PROC_STATUS, &[1, huge, 1]),
                (kind::GO_STATUS, &[1, huge, huge, 2]),
                (kind::GO_CREATE, &[1, huge - 1, huge, huge]),
                (kind::USER_LOG, &[1, huge, huge, huge, 0]),
            ],
        )
        .stacks(huge, 100, &[(huge, &[[huge, huge, 0, huge]])])
        .strings(huge, 100, &[(huge, b"far out")])
        .end();
    let text = dump(&wire.bytes, Strictness::LikeGo);
    assert!(text.contains("M=-2 P=-2 G=-2 Log"), "{text}");
    assert!(text.contains("GoID=-3 NotExist->Runnable"), "{text}");
    assert!(text.contains("Message=\"far out\""), "{text}");
}

#[test]
fn stacks_of_128_frames_are_read_and_of_129_are_not() {
    let frames = |count: u64| (1..=count).map(|pc| [pc, 1, 1, pc]).collect::<Vec<_>>();
    for (count, is_sound) in [(128, true), (129, false)] {
        let mut wire = Wire::new(26);
        wire.clock(1, 100).strings(1, 100, &[(1, b"f")]).stacks(1, 100, &[(1, &frames(count))]).end();
        wire.events(2, 1, 200, &[]).clock(2, 200).end();
        let text = dump(&wire.bytes, Strictness::LikeGo);
        assert_eq!(!text.contains("more than the maximum of 128"), is_sound, "{text}");
    }
}

#[test]
fn a_million_entries_announced_in_ten_bytes_take_no_memory() {
    let mut stack = vec![2, 3];
    uvarint(&mut stack, 1);
    uvarint(&mut stack, 1 << 40);
    let mut string = vec![4, 5];
    uvarint(&mut string, 1);
    uvarint(&mut string, u64::MAX);
    for payload in [stack, string] {
        let mut wire = Wire::new(26);
        wire.clock(1, 100).batch(1, 1, 100, &payload).events(1, 1, 100, &[]).end();
        let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
        while reader.next_chunk().is_some() {}
        let [problem] = reader.problems() else { panic!("{:?}", reader.problems()) };
        assert_eq!((problem.kind, problem.generation, problem.batch), (ProblemKind::Malformed, 1, Some(1)));
        assert!(problem.what.contains("more than the maximum"), "{problem}");
        assert!(problem.offset > 16);
    }
    let mut batch = Wire::new(26);
    batch.bytes.extend([1, 1, 1, 1]);
    uvarint(&mut batch.bytes, u64::MAX);
    let text = dump(&batch.bytes, Strictness::Salvage);
    assert!(text.contains("more than the maximum of 65536"), "{text}");
}

#[test]
fn lengths_that_an_old_trace_cannot_hold_are_refused_at_their_byte() {
    let huge = 1_u64 << 40;
    let claims: [(&str, &[u64]); 3] = [
        // A string of a terabyte, a stack of as many frames, an event with as many bytes of numbers.
        ("string", &[37, 1, huge]),
        ("stack", &[3 | 1 << 6, 1, huge]),
        ("event", &[13 | 3 << 6, huge]),
    ];
    for (name, numbers) in claims {
        let mut bytes = b"go 1.21 trace\0\0\0".to_vec();
        // A batch of P 0, before which there may be no event.
        [1 | 1 << 6, 0, 5000].into_iter().chain(numbers.iter().copied()).for_each(|n| uvarint(&mut bytes, n));
        let mut reader = TraceReader::new(&bytes).expect("the header is sound");
        while reader.next_chunk().is_some() {}
        let [problem] = reader.problems() else { panic!("{name}: {:?}", reader.problems()) };
        assert!(problem.offset > 20 && problem.offset <= bytes.len() as u64, "{name}: {problem}");
    }
}

/// Which generation and batch, and which byte, is what a bug report needs.
#[test]
fn a_cut_trace_says_where_it_was_cut() {
    let mut wire = Wire::new(26);
    wire.generation(3, 100);
    let second = wire.bytes.len();
    wire.clock(4, 1000);
    let second_batch = wire.bytes.len();
    wire.events(4, 7, 1000, &[(kind::PROC_STATUS, &[1, 0, 1]), (kind::HEAP_ALLOC, &[1, 4096])]).end();
    for len in second + 1..wire.bytes.len() {
        let mut reader = TraceReader::new(&wire.bytes[..len]).expect("the header is sound");
        assert!(reader.by_ref().count() >= 5, "the first generation is whole");
        if len == second_batch {
            // A generation without events needs no end.
            assert_eq!(reader.problems(), []);
            continue;
        }
        let problem = reader.problems().first().expect("it was cut");
        assert!(problem.offset >= second as u64 && problem.offset <= len as u64, "cut at {len}: {problem}");
        // In its first batch, nothing says yet which generation begins.
        let generation = if len < second_batch { 0 } else { 4 };
        assert_eq!(problem.generation, generation, "cut at {len}: {problem}");
    }
    let cut = &wire.bytes[..wire.bytes.len() - 1];
    let text = dump(cut, Strictness::Salvage);
    assert!(text.contains("the last generation has no end"), "{text}");
    assert!(text.ends_with(&format!("(byte {}, generation 4)\n", cut.len())), "{text}");
}

/// A table whose ids are spread over 64 bits, and a batch of each of many threads: nothing may be quadratic.
#[test]
fn time_is_proportional_to_the_file() {
    let seconds = |threads: u64| {
        let mut wire = Wire::new(26);
        wire.clock(1, 100);
        for thread in 0..threads {
            let p_seq: &[(u8, &[u64])] = &[
                (kind::PROC_STATUS, &[1, thread, 2]),
                (kind::PROC_START, &[1, thread, 1]),
                (kind::HEAP_ALLOC, &[1, thread]),
            ];
            wire.events(1, thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, 100, p_seq);
        }
        wire.end();
        let begin = Instant::now();
        let mut reader = TraceReader::new(&wire.bytes).expect("the header is sound");
        let mut events = 0;
        while let Some(chunk) = reader.next_chunk() {
            events += chunk.events.len() as u64;
        }
        assert_eq!(events, threads * 3 + 2, "{:?}", reader.problems());
        begin.elapsed()
    };
    assert!(seconds(20_000) < Duration::from_secs(20));
}
