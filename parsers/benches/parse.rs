//! How fast profiles are read: `cargo bench -p goscope-parsers --bench parse`.
//!
//! Two shapes made in code: a fleet's CPU profile (deep stacks, few labels) and a small server's (many names, few
//! samples); each plain and gzipped.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use goscope_parsers::pprof::{
    Line, LocationId, ParseOptions, Profile, ProfileBuilder, encode_profile, parse_profile,
    write_profile_gzip,
};

/// A profile of random stacks, always the same for the same numbers.
fn random_profile(n_samples: usize, n_locations: usize, depth: usize) -> Profile {
    let mut random = 1u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let mapping = builder.mapping(0x40_0000, 0x400_0000, 0, "/usr/bin/server", "");
    let locations: Vec<LocationId> = (0..n_locations)
        .map(|index| {
            let name = format!("example.com/shop/internal/package{}.(*Type).Method{index}", index % 97);
            let function = builder.function(&name, "example.com/shop/internal/file.go", 10);
            let line = Line { function, line: 10 + index as i64 % 90, column: 0 };
            builder.location(Some(mapping), 0x40_0000 + index as u64 * 64, &[line])
        })
        .collect();
    let label = builder.string_label("endpoint", "/orders");
    let mut stack = Vec::new();
    for sample in 0..n_samples {
        stack.clear();
        stack.extend((0..depth / 2 + below(depth)).map(|_| locations[below(n_locations)]));
        let labels = if sample % 4 == 0 { &[label][..] } else { &[] };
        builder.sample(&[1 + below(9) as i64, 10_000_000], &stack, labels);
    }
    builder.finish()
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse_profile");
    group.sample_size(20);
    for (shape, profile) in
        [("fleet", random_profile(100_000, 50_000, 40)), ("server", random_profile(500, 2_000, 15))]
    {
        let plain = encode_profile(&profile);
        let mut zipped = Vec::new();
        write_profile_gzip(&profile, &mut zipped).expect("a vector takes everything");
        group.throughput(Throughput::Bytes(plain.len() as u64));
        for (layer, bytes) in [("plain", &plain), ("gzip", &zipped)] {
            group.bench_with_input(BenchmarkId::new(shape, layer), bytes, |bencher, bytes| {
                bencher.iter(|| parse_profile(black_box(bytes), &ParseOptions::default()));
            });
        }
        group.bench_function(BenchmarkId::new(shape, "encode"), |bencher| {
            bencher.iter(|| encode_profile(black_box(&profile)));
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
