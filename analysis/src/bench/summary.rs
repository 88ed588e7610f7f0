//! Benchmarks of one side: the median of each with its interval, as benchstat has them.

use std::sync::Arc;

use goscope_parsers::bench::BenchOutput;
use rustc_hash::FxHashMap;

use super::sample::{Assumption, Summary, sort};

/// How sure intervals are.
const CONFIDENCE: f64 = 0.95;

/// A benchmark of a package by a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchSummary {
    /// The import path; empty if the output does not say.
    pub package: Arc<str>,
    /// Without the word `Benchmark`, with the number of processors.
    pub name: Arc<str>,
    /// Without prefixes: `sec/op`.
    pub unit: Arc<str>,
    /// The value of each run, in the order of the files.
    pub values: Vec<f64>,
    /// Their median; of a unit that is exact, the value that comes most often.
    pub center: f64,
    /// Where the true median is in 95 of 100 cases; `None` of too few values.
    pub interval: Option<(f64, f64)>,
    /// How far the interval reaches, as benchstat prints it: `3%`, `∞`.
    pub range: String,
    /// What must be known to read it, in benchstat's words.
    pub warning: Option<String>,
}

/// Benchmarks by package, name and unit, in order of first appearance.
pub fn summaries(outputs: &[&BenchOutput]) -> Vec<BenchSummary> {
    let mut exact: FxHashMap<&str, bool> = FxHashMap::default();
    for (unit, key, value) in outputs.iter().flat_map(|output| &output.units) {
        if &**key == "assume" {
            // What is said of a unit first holds.
            exact.entry(unit).or_insert(&**value == "exact");
        }
    }
    let mut places: FxHashMap<(&str, &str, &str), usize> = FxHashMap::default();
    let mut found: Vec<BenchSummary> = Vec::new();
    for result in outputs.iter().flat_map(|output| &output.results) {
        let package = result.config("pkg").unwrap_or_default();
        for (value, unit) in &result.values {
            let place = *places.entry((package, &result.name, unit)).or_insert(found.len());
            if place == found.len() {
                found.push(BenchSummary {
                    package: package.into(),
                    name: Arc::clone(&result.name),
                    unit: Arc::clone(unit),
                    values: Vec::new(),
                    center: 0.0,
                    interval: None,
                    range: String::new(),
                    warning: None,
                });
            }
            found[place].values.push(*value);
        }
    }
    for summary in &mut found {
        summary.sum_up(exact.get(&*summary.unit).copied().unwrap_or(false));
    }
    found
}

impl BenchSummary {
    fn sum_up(&mut self, is_exact: bool) {
        let mut sorted = self.values.clone();
        sort(&mut sorted);
        let assumption = if is_exact { Assumption::Exact } else { Assumption::Nothing };
        let summary = Summary::new(&sorted, assumption, CONFIDENCE);
        self.range = summary.range_text();
        self.center = summary.center;
        self.interval =
            (summary.low.is_finite() && summary.high.is_finite()).then_some((summary.low, summary.high));
        self.warning = summary.warning;
    }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::bench::read_output;

    use super::*;

    #[test]
    fn each_benchmark_has_its_median_and_its_interval_by_unit() {
        let text: String = [3.0, 1.0, 2.0, 5.0, 4.0, 6.0]
            .map(|value| format!("BenchmarkX-2 10 {value} ns/op 7 B/op\n"))
            .concat();
        let output = read_output(format!("pkg: p\n{text}BenchmarkOnce-2 1 9 ns/op\n").as_bytes());
        let found = summaries(&[&output]);
        let shown = |it: &BenchSummary| {
            format!("{} {} {} {:?} ±{} {:?}", it.package, it.name, it.unit, it.center, it.range, it.interval)
        };
        let shown: Vec<String> = found.iter().map(shown).collect();
        assert_eq!(
            shown,
            [
                "p X-2 sec/op 3.5000000000000003e-9 ±71% Some((1e-9, 6.000000000000001e-9))",
                "p X-2 B/op 7.0 ±0% Some((7.0, 7.0))",
                "p Once-2 sec/op 9.000000000000001e-9 ±∞ None"
            ]
        );
        assert_eq!(found[0].values[0], 3.0 * 1e-9);
        assert!(found[2].warning.as_deref().is_some_and(|warning| warning.contains("need >= 6 samples")));
    }
}
