//! Prints how often comparisons of real runs are right: of all ways to take `N` base runs and `N` others, how many raise an
//! alarm, and of all ways to take `N` base and `N` head runs, what they name.
//!
//! `cargo run --release -p goscope-analysis --example verdict_resampled -- BASE... --head HEAD...`

use std::collections::BTreeMap;

use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{Options, Outcome, RunContext, Verdict};
use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use rayon::prelude::*;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sides = arguments.split(|argument| argument == "--head");
    let read_all = |paths: &[String]| paths.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>();
    let base = read_all(sides.next().unwrap_or_default())?;
    let head = read_all(sides.next().unwrap_or_default())?;
    for runs in [2, 3, 4, 5] {
        let same: Vec<_> = subsets(base.len(), runs)
            .into_iter()
            .flat_map(|first| {
                let others = subsets(base.len(), runs).into_iter();
                let is_disjoint = |other: &Vec<usize>| other.iter().all(|run| !first.contains(run));
                others.filter(is_disjoint).map(|other| (first.clone(), other)).collect::<Vec<_>>()
            })
            .collect();
        if !same.is_empty() {
            println!("{runs} v {runs}, base against base: {}", tally(&base, &base, &same));
        }
        let changed: Vec<_> = subsets(base.len(), runs)
            .into_iter()
            .flat_map(|first| subsets(head.len(), runs).into_iter().map(move |other| (first.clone(), other)))
            .collect();
        println!("{runs} v {runs}, base against head: {}", tally(&base, &head, &changed));
    }
    Ok(())
}

fn read(path: &str) -> Result<RunCounts, Error> {
    let profile = parse_profile(&FileBytes::open(std::path::Path::new(path))?, &ParseOptions::default())?;
    Ok(RunCounts::of(profile, None, RunContext { name: path.to_owned(), ..RunContext::default() })?)
}

/// All ways to take `n` of `of` runs.
fn subsets(of: usize, n: usize) -> Vec<Vec<usize>> {
    let taken = (0_u32..1 << of).filter(|set| set.count_ones() as usize == n);
    taken.map(|set| (0..of).filter(|run| set & (1 << run) != 0).collect()).collect()
}

/// What comparisons end in, and how often.
fn tally(base: &[RunCounts], head: &[RunCounts], comparisons: &[(Vec<usize>, Vec<usize>)]) -> String {
    let ends: Vec<String> = comparisons
        .par_iter()
        .map(|(first, other)| {
            let [base, head] = [(base, first), (head, other)]
                .map(|(runs, taken)| taken.iter().map(|&run| &runs[run]).collect::<Vec<_>>());
            compare(&base, &head, &Options::default())
                .map_or_else(|error| error.to_string(), |verdict| end(&verdict))
        })
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for end in &ends {
        *counts.entry(end).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(end, count)| format!("{count} {end}")).collect();
    format!("{} comparisons: {}", comparisons.len(), counts.join(", "))
}

fn end(verdict: &Verdict) -> String {
    match &verdict.outcome {
        Outcome::Regression => {
            let first = verdict.failures().next();
            first.map_or_else(String::new, |found| format!("regression in {}", found.row.name))
        }
        Outcome::NoRegression => "no regression".to_owned(),
        Outcome::Undecided(_) => "undecided".to_owned(),
        Outcome::NothingComparable(_) => "nothing compared".to_owned(),
    }
}
