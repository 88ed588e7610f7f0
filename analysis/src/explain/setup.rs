//! Lines of a benchmark that run once a run and not once an operation, told by the stacks alone.
//!
//! With `-benchtime=Kx` a `b.N` benchmark runs twice: with N = 1, then with N = K. Set-up takes as long in both, so its
//! samples are split evenly; of the operation, one in K + 1 is in the first run.
//!
//! ```text
//! line of BenchmarkX           first run   second run
//! 12  data := Setup(4000)             70           71      set-up
//! 15  Encode(data)                     0          312      operation
//! ```
//!
//! A line that calls a helper with both in it is neither: then the lines of the helper are looked at. A `b.Loop` benchmark
//! has one run, in which nothing tells them apart; its set-up ran once, too.

use std::collections::BTreeMap;

use super::iterations::{fixed_count, is_fixed_for_all};
use super::owner::{Part, Place, RunOf};
use super::read_profile::ReadProfile;
use super::results::Results;

/// From so many iterations on the first run tells set-up from operations: less than one sample in 200 of an operation is
/// in it.
const ENOUGH: i64 = 200;

/// The part of a line's samples in the first run from which on it is not only operations.
const NOT_ONLY_OPERATIONS: f64 = 0.1;

/// A sample in a run of a benchmark.
struct InRun {
    sample: usize,
    frames: Vec<Place>,
    count: f64,
    is_first: bool,
}

/// Marks the samples of set-up.
pub(super) fn mark_setup(read: &mut ReadProfile<'_>, results: &Results<'_>) {
    let mut of_benchmark: BTreeMap<usize, Vec<InRun>> = BTreeMap::new();
    let mut frames = Vec::new();
    for (sample, owned) in read.owned.iter().enumerate() {
        let is_in_run = matches!(owned.run, RunOf::First | RunOf::Later) && owned.part == Part::Operation;
        let Some(place) = read.place_of(owned).filter(|_| is_in_run) else { continue };
        read.frames(sample, &mut frames);
        of_benchmark.entry(place).or_default().push(InRun {
            sample,
            frames: frames.split_off(owned.outside.min(frames.len())),
            count: read.worth(sample).0,
            is_first: owned.run == RunOf::First,
        });
    }
    let for_all = is_fixed_for_all(results.all());
    for (place, samples) in of_benchmark {
        let Some(key) = results.keys().get(place) else { continue };
        let is_fixed = fixed_count(&results.of(key), for_all).is_some_and(|count| count >= ENOUGH);
        let has_later = samples.iter().any(|it| !it.is_first);
        let is_parallel =
            read.owned.iter().any(|it| it.run == RunOf::Parallel && read.place_of(it) == Some(place));
        if is_fixed && (has_later || is_parallel) {
            let samples: Vec<&InRun> = samples.iter().collect();
            let mut found = Vec::new();
            setup_below(&samples, 0, &mut found);
            found.into_iter().for_each(|sample| read.owned[sample].part = Part::Setup);
        }
    }
}

/// Adds the samples of set-up among those that have the same frames above `depth`.
fn setup_below(samples: &[&InRun], depth: usize, found: &mut Vec<usize>) {
    let mut lines: BTreeMap<Place, Vec<&InRun>> = BTreeMap::new();
    for sample in samples {
        if let Some(frame) = sample.frames.get(depth) {
            lines.entry(*frame).or_default().push(sample);
        }
    }
    for of_line in lines.into_values() {
        let all: f64 = of_line.iter().map(|it| it.count).sum();
        let first: f64 = of_line.iter().filter(|it| it.is_first).map(|it| it.count).sum();
        if first < all * NOT_ONLY_OPERATIONS || first == 0.0 {
            continue;
        }
        // Half of them, by two standard errors.
        if first >= all / 2.0 - all.sqrt() {
            found.extend(of_line.iter().map(|it| it.sample));
        } else {
            setup_below(&of_line, depth + 1, found);
        }
    }
}
