//! The results of benchmark outputs, by benchmark.

use std::sync::Arc;

use goscope_parsers::bench::{BenchOutput, OutputResult};
use rustc_hash::{FxHashMap, FxHashSet};

use super::key::BenchmarkKey;

/// Outputs, and which results each benchmark has in them.
#[derive(Debug)]
pub(super) struct Results<'a> {
    outputs: Vec<&'a BenchOutput>,
    /// The benchmarks, in order of first appearance.
    keys: Vec<BenchmarkKey>,
    /// Of each of them its results, with the places of their outputs.
    results: Vec<Vec<(usize, &'a OutputResult)>>,
}

impl<'a> Results<'a> {
    pub(super) fn new(outputs: Vec<&'a BenchOutput>) -> Self {
        let mut results = Self { outputs, keys: Vec::new(), results: Vec::new() };
        let mut places: FxHashMap<BenchmarkKey, usize> = FxHashMap::default();
        for (place_of_output, output) in results.outputs.iter().enumerate() {
            for result in &output.results {
                let key = BenchmarkKey::of_result(result);
                let place = *places.entry(key).or_insert_with_key(|key| {
                    results.keys.push(key.clone());
                    results.results.push(Vec::new());
                    results.keys.len() - 1
                });
                results.results[place].push((place_of_output, result));
            }
        }
        results
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.outputs.len()
    }

    pub(super) fn keys(&self) -> &[BenchmarkKey] {
        &self.keys
    }

    pub(super) fn place(&self, key: &BenchmarkKey) -> Option<usize> {
        self.keys.iter().position(|known| known == key)
    }

    /// Those of a benchmark.
    pub(super) fn of(&self, key: &BenchmarkKey) -> Vec<&'a OutputResult> {
        self.placed(key).iter().map(|(_, result)| *result).collect()
    }

    fn placed(&self, key: &BenchmarkKey) -> &[(usize, &'a OutputResult)] {
        self.place(key).and_then(|place| self.results.get(place)).map_or(&[], Vec::as_slice)
    }

    /// Those of a benchmark in one output.
    pub(super) fn in_output(&self, output: usize, key: &BenchmarkKey) -> Vec<&'a OutputResult> {
        let results = self.placed(key).iter().filter(|(place, _)| *place == output);
        results.map(|(_, result)| *result).collect()
    }

    /// Every result.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a OutputResult> + '_ {
        self.outputs.iter().flat_map(|output| &output.results)
    }

    /// The names of a benchmark's results, each once.
    pub(super) fn names(&self, key: &BenchmarkKey) -> Vec<Arc<str>> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let results = self.placed(key).iter().filter(|(_, result)| seen.insert(&result.name));
        results.map(|(_, result)| Arc::clone(&result.name)).collect()
    }

    /// Whether there is one benchmark only.
    pub(super) fn is_one(&self) -> bool {
        self.keys.len() == 1
    }

    /// Whether the results of a benchmark are all of its sub-benchmarks: then the function itself ran once, for them.
    pub(super) fn has_only_parts(&self, place: usize) -> bool {
        let results = &self.results[place];
        !results.is_empty() && results.iter().all(|(_, result)| result.name.contains('/'))
    }
}
