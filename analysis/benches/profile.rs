//! How long the queries on profiles take, on generated stacks of the shape of a server's: a static call graph, stacks
//! that vary earlier ones, some inlined frames.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use goscope_analysis::profile::call_tree::{call_tree, inverted_tree};
use goscope_analysis::profile::diff::{DiffScale, compare, diff_rows, diff_tree};
use goscope_analysis::profile::query::{Filters, StackQuery};
use goscope_analysis::profile::stacks::{Stacks, select};
use goscope_analysis::profile::top::{TopOptions, top, top_with};
use goscope_analysis::verdict::profiles::{RunCounts, compare as compare_runs};
use goscope_analysis::verdict::{Options, RunContext};
use goscope_parsers::pprof::{Line, LocationId, Profile, ProfileBuilder};

const N_SAMPLES: usize = 50_000;
const N_FUNCTIONS: u64 = 5_000;

/// A small generator of numbers: the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Stacks of 40 frames on average; `seed` changes the values only.
fn generated(seed: u64) -> Profile {
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let (mut numbers, mut values) = (Numbers(1), Numbers(seed));
    let mut stacks: Vec<Vec<LocationId>> = Vec::new();
    for _ in 0..N_SAMPLES {
        let mut stack: Vec<LocationId> = match stacks.len() as u64 {
            0 => Vec::new(),
            n => stacks[numbers.below(n) as usize].clone(),
        };
        let kept = stack.len().saturating_sub(1 + numbers.below(8) as usize);
        stack.truncate(kept);
        let depth = 30 + numbers.below(20) as usize;
        while stack.len() < depth {
            let site =
                stack.last().map_or(0, |last| u64::from(last.0)) * 7 + numbers.below(3) * numbers.below(3);
            stack.push(location(&mut builder, site % N_FUNCTIONS));
        }
        let leaf_first: Vec<LocationId> = stack.iter().rev().copied().collect();
        let count = 1 + values.below(5) as i64;
        builder.sample(&[count, count * 10_000_000], &leaf_first, &[]);
        stacks.push(stack);
    }
    builder.finish()
}

/// The location of a call in a function; every fourth has an inlined function.
fn location(builder: &mut ProfileBuilder, site: u64) -> LocationId {
    let mut line = |number: u64| {
        let name =
            format!("example.com/shop/internal/pkg{}.(*Type{}).Method{number}", number % 50, number % 7);
        Line { function: builder.function(&name, "pkg/file.go", 1), line: 10, column: 0 }
    };
    let outer = line(site);
    let lines = if site.is_multiple_of(4) { vec![line(site * 13 % N_FUNCTIONS), outer] } else { vec![outer] };
    builder.location(None, 0x40_0000 + site, &lines)
}

fn selected<'p>(profile: &'p Profile, query: &StackQuery) -> Stacks<'p> {
    select(profile, query).expect("a query that fits the profile")
}

fn benches(criterion: &mut Criterion) {
    let (base, head) = (generated(1), generated(2));
    let all = StackQuery::default();
    let filters =
        Filters { focus: Some("pkg1".to_owned()), hide: Some("Method7".to_owned()), ..Filters::default() };
    let filtered = StackQuery { filters, ..StackQuery::default() };
    let trimmed = TopOptions { node_fraction: 0.005, edge_fraction: 0.001, ..TopOptions::default() };
    let stacks = selected(&base, &all);
    let mut group = criterion.benchmark_group("profile/50k samples");
    group.sample_size(20);
    group.bench_function("select and top", |bencher| bencher.iter(|| top(&selected(&base, &all))));
    group.bench_function("select and trimmed top", |bencher| {
        bencher.iter(|| top_with(&selected(&base, &all), &trimmed));
    });
    group.bench_function("select with focus and hide", |bencher| {
        bencher.iter(|| selected(&base, &filtered).len());
    });
    group.bench_function("call tree", |bencher| bencher.iter(|| call_tree(&stacks)));
    group.bench_function("inverted tree", |bencher| bencher.iter(|| inverted_tree(&stacks)));
    let sides = ([selected(&base, &all)], [selected(&head, &all)]);
    let comparison = compare(&sides.0, &sides.1, DiffScale::Totals).expect("two of a kind");
    group.bench_function("diff tree", |bencher| bencher.iter(|| diff_tree(&comparison)));
    group.bench_function("diff rows", |bencher| bencher.iter(|| diff_rows(&comparison)));
    let shared = Arc::new(base.clone());
    group.bench_function("counts of a run", |bencher| bencher.iter(|| counts(Arc::clone(&shared))));
    let runs: Vec<RunCounts> = (1..=20).map(|seed| counts(Arc::new(generated(seed)))).collect();
    let options = Options::default();
    group.bench_function("verdict on 10 v 10 counted runs", |bencher| {
        bencher.iter(|| compare_runs(&runs[..10], &runs[10..], &options).expect("comparable"));
    });
    group.finish();
}

fn counts(profile: Arc<Profile>) -> RunCounts {
    RunCounts::of(profile, None, RunContext::default()).expect("a run")
}

criterion_group!(profile, benches);
criterion_main!(profile);
