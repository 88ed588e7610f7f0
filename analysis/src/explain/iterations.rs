//! How many operations the samples of a benchmark stand for.

use std::collections::BTreeMap;

use goscope_parsers::bench::OutputResult;

/// The most that a `b.N` benchmark is ever run for a time (`testing/benchmark.go`): it says nothing of a fixed count.
const MOST: i64 = 1_000_000_000;

/// A count of so few digits that are not 0, and of so many in all, was chosen by somebody: one in a hundred of the
/// others looks like it.
const ROUND_FROM: i64 = 1000;

/// How often the operation ran in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Iterations {
    /// `b.Loop`: the sum of the printed N.
    Loop(f64),
    /// `-benchtime=Kx`: for each result one and K.
    Fixed {
        /// In all.
        all: f64,
        /// K; the largest, if there are several.
        count: i64,
    },
    /// Each run had one iteration.
    Once(f64),
    /// A `b.N` benchmark was run for a time: how often in the ramp is not known.
    Unknown,
}

impl Iterations {
    /// In all, if that is known.
    pub const fn all(self) -> Option<f64> {
        match self {
            Self::Loop(all) | Self::Once(all) | Self::Fixed { all, .. } => Some(all),
            Self::Unknown => None,
        }
    }
}

/// Whether all results, several of them, ran equally often: then that was asked for.
pub(super) fn is_fixed_for_all<'r>(results: impl Iterator<Item = &'r OutputResult>) -> bool {
    let counts: Vec<i64> = results.map(|it| it.iterations).collect();
    counts.len() > 1 && counts.windows(2).all(|pair| pair[0] == pair[1]) && counts[0] < MOST
}

/// K of `-benchtime=Kx`, if the results of a benchmark look like it: each name has one count, several times or with all
/// others; or a single result has a round one.
pub(super) fn fixed_count(results: &[&OutputResult], is_fixed_for_all: bool) -> Option<i64> {
    let mut counts: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    for result in results {
        let (count, n) = counts.entry(&result.name).or_insert((result.iterations, 0));
        if *count != result.iterations {
            return None;
        }
        *n += 1;
    }
    let is_asked_for = |&(count, n): &(i64, usize)| {
        (1..MOST).contains(&count) && (n > 1 || is_fixed_for_all || is_round(count))
    };
    let largest = counts.values().map(|(count, _)| *count).max()?;
    counts.values().all(is_asked_for).then_some(largest)
}

/// Whether a count has two digits at most before its zeros.
fn is_round(count: i64) -> bool {
    let mut rest = count;
    while rest > 0 && rest % 10 == 0 {
        rest /= 10;
    }
    count >= ROUND_FROM && rest < 100
}

/// All iterations of a benchmark's results. `is_loop`: whether its stacks are those of `b.Loop`.
pub(super) fn iterations(results: &[&OutputResult], is_loop: bool, is_fixed_for_all: bool) -> Iterations {
    let sum = results.iter().map(|it| it.iterations as f64).sum::<f64>();
    if results.is_empty() || sum <= 0.0 {
        return Iterations::Unknown;
    }
    if results.iter().all(|it| it.iterations == 1) {
        return Iterations::Once(sum);
    }
    if is_loop {
        return Iterations::Loop(sum);
    }
    match fixed_count(results, is_fixed_for_all) {
        // The first run has one iteration, and is all there is for K = 1.
        Some(count) => {
            let first = results.iter().filter(|it| it.iterations > 1).count() as f64;
            Iterations::Fixed { all: sum + first, count }
        }
        None => Iterations::Unknown,
    }
}
