//! How fast traces are read: `cargo bench -p goscope-parsers --bench trace`
//!
//! The input is written here (ping-pong of goroutines over threads, like a channel benchmark), so that the
//! figures of two machines or two versions can be compared. `GOSCOPE_TRACE=FILE` takes a real trace instead.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goscope_parsers::trace::{Strictness, TraceReader, footprint, stages};

fn uvarint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn batch(bytes: &mut Vec<u8>, thread: u64, time: u64, payload: &[u8]) {
    bytes.push(1);
    [1, thread, time, payload.len() as u64].into_iter().for_each(|value| uvarint(bytes, value));
    bytes.extend_from_slice(payload);
}

/// Each of `threads` threads runs its goroutine, blocks it and is told by the next thread to go on. All rounds
/// take the same time, so that the times of the threads agree, as they nearly do in real traces.
fn ping_pong(threads: u64, rounds: u64) -> Vec<u8> {
    const ROUND: u64 = 100_000;
    const BLOCK: u64 = 1000;
    const UNBLOCK: u64 = 200;
    const LAST_UNBLOCK: u64 = 40_000;
    let mut trace = b"go 1.26 trace\0\0\0".to_vec();
    let mut clock = vec![50, 8];
    uvarint(&mut clock, 15_625_000);
    clock.push(51);
    [0, 7, 1_700_000_000, 5].into_iter().for_each(|value| uvarint(&mut clock, value));
    batch(&mut trace, u64::MAX, 1, &clock);
    let mut payloads = vec![Vec::new(); threads as usize];
    let mut push = |thread: u64, event: &[u64]| {
        let payload = &mut payloads[thread as usize];
        payload.push(event[0] as u8);
        event[1..].iter().for_each(|&value| uvarint(payload, value));
    };
    for thread in 0..threads {
        push(thread, &[13, thread + 1, thread, 1]);
        push(thread, &[25, 100, thread + 1, thread + 1, 2]);
    }
    for round in 0..rounds {
        for thread in 0..threads {
            push(thread, &[20, BLOCK + thread * 300, 1, 1]);
            let next = (thread + threads - 1) % threads;
            if thread > 0 {
                push(thread, &[21, UNBLOCK, next + 1, 2 * round + 1, 0]);
            }
        }
        push(0, &[21, LAST_UNBLOCK, threads, 2 * round + 1, 0]);
        for thread in 0..threads {
            let unblock = if thread == 0 { LAST_UNBLOCK } else { UNBLOCK };
            push(thread, &[16, ROUND - BLOCK - thread * 300 - unblock, thread + 1, 2 * round + 2]);
        }
    }
    for (thread, payload) in payloads.iter().enumerate() {
        batch(&mut trace, thread as u64 + 1, 1, &payload[..payload.len().min(65_536)]);
    }
    batch(&mut trace, u64::MAX, 1, &[4, 5, 1, 4, b'w', b'a', b'i', b't']);
    batch(&mut trace, u64::MAX, 1, &[2, 3, 1, 1, 9, 1, 1, 1]);
    trace.push(0x34);
    trace
}

/// Many generations that hold nothing but tables.
fn tables(generations: u64) -> Vec<u8> {
    let mut trace = b"go 1.26 trace\0\0\0".to_vec();
    for generation in 1..=generations {
        let mut clock = vec![50, 8];
        uvarint(&mut clock, 15_625_000);
        clock.push(51);
        [0, 7, 1_700_000_000, 5].into_iter().for_each(|value| uvarint(&mut clock, value));
        let (mut strings, mut stacks) = (vec![4], vec![2]);
        for id in 1..=1000_u64 {
            strings.push(5);
            uvarint(&mut strings, id);
            let name = format!("example.com/module/package.(*Type{}).Method{id}", id % 37);
            uvarint(&mut strings, name.len() as u64);
            strings.extend_from_slice(name.as_bytes());
        }
        for id in 1..=600_u64 {
            stacks.push(3);
            uvarint(&mut stacks, id);
            stacks.push(12);
            for depth in 0..12 {
                let pc = 0x40_0000 + (id * 7 + depth * 31) % 1000;
                [pc, pc % 1000 + 1, 1, 42].into_iter().for_each(|value| uvarint(&mut stacks, value));
            }
        }
        let mut push = |payload: &[u8]| {
            trace.push(1);
            [generation, u64::MAX, 1, payload.len() as u64]
                .into_iter()
                .for_each(|value| uvarint(&mut trace, value));
            trace.extend_from_slice(payload);
        };
        push(&clock);
        push(&strings);
        push(&stacks);
        push(&[]);
        trace.push(0x34);
    }
    trace
}

fn read(data: &[u8], strictness: Strictness) -> u64 {
    let Ok(mut reader) = TraceReader::with_strictness(data, strictness) else { return 0 };
    let mut events = 0;
    while let Some(chunk) = reader.next_chunk() {
        events += chunk.events.len() as u64;
    }
    events
}

fn benches(criterion: &mut Criterion) {
    let merged = match std::env::var_os("GOSCOPE_TRACE") {
        Some(path) => std::fs::read(path).unwrap_or_default(),
        None => ping_pong(8, 2500),
    };
    let tables = tables(20);
    // A mistake in the inputs above would make the figures fantastic.
    assert!(read(&tables, Strictness::LikeGo) == 21, "a Sync event for each generation, and the last");
    let events = read(&merged, Strictness::Salvage);
    assert!(events == read(&merged, Strictness::LikeGo) && events > 2, "the trace is sound");
    let mut group = criterion.benchmark_group("trace");
    group.throughput(Throughput::Bytes(merged.len() as u64));
    group.bench_function("header hop", |b| b.iter(|| stages::hop_over_headers(&merged)));
    group.bench_function("batch decode", |b| b.iter(|| stages::decode_batches(&merged)));
    group.bench_function("footprint", |b| b.iter(|| footprint(&merged)));
    group.throughput(Throughput::Bytes(tables.len() as u64));
    group.bench_function("table decode", |b| b.iter(|| stages::decode_tables(&tables)));
    group.bench_function("table decode and merge into those of the trace", |b| {
        b.iter(|| read(&tables, Strictness::Salvage));
    });
    group.throughput(Throughput::Elements(events));
    group.bench_function("merge", |b| b.iter(|| read(&merged, Strictness::Salvage)));
    group.bench_function("merge, checking all arguments first", |b| {
        b.iter(|| read(&merged, Strictness::LikeGo));
    });
    group.finish();
}

criterion_group!(trace, benches);
criterion_main!(trace);
