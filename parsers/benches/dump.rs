//! How fast goroutine dumps are read: `cargo bench -p goscope-parsers --bench dump`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goscope_parsers::dump::{DumpOptions, read_dumps};
use goscope_test_support::made::goroutine_dump;

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_dumps");
    group.sample_size(10);
    let plain = goroutine_dump(50_000);
    let prefixed: Vec<u8> = plain
        .split_inclusive(|&byte| byte == b'\n')
        .flat_map(|line| [b"2026-05-11T10:00:00.123456789Z stderr F ", line].concat())
        .collect();
    for (form, text) in [("plain", &plain), ("cri", &prefixed)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(form, |bencher| {
            bencher.iter(|| read_dumps(black_box(text), &DumpOptions::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
