//! What was recorded on one side: outputs of benchmarks, and the profiles of the same processes.

use std::sync::Arc;

use goscope_parsers::bench::BenchOutput;
use goscope_parsers::pprof::Profile;

use super::key::BenchmarkKey;
use super::read_profile::ReadProfile;
use super::results::Results;
use super::setup::mark_setup;

/// A benchmark that results and profiles of a side have.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// Which it is.
    pub key: BenchmarkKey,
    /// The names of its results, each once: `Encode/json-8`.
    pub names: Vec<Arc<str>>,
    /// Samples of its operation.
    pub samples: u64,
}

/// Outputs and profiles of the same runs.
#[derive(Debug)]
pub struct Recording<'a> {
    pub(super) results: Results<'a>,
    pub(super) profiles: Vec<ReadProfile<'a>>,
}

impl<'a> Recording<'a> {
    /// Reads whose the samples are. CPU profiles only: others give nothing. If there are as many outputs as profiles, they
    /// are taken for pairs, in their order.
    pub fn new(outputs: Vec<&'a BenchOutput>, profiles: &[&'a Profile]) -> Self {
        let results = Results::new(outputs);
        let read = |profile: &&'a Profile| {
            let mut read = ReadProfile::read(profile, &results);
            mark_setup(&mut read, &results);
            read
        };
        let profiles = profiles.iter().map(read).collect();
        Self { results, profiles }
    }

    /// The benchmarks that both results and profiles have, in the order of the results.
    pub fn benchmarks(&self) -> Vec<Benchmark> {
        let samples = |place: usize| -> f64 {
            self.profiles.iter().map(|it| it.samples_of(|owned| it.is_operation(owned, place))).sum()
        };
        let found = self.keys().iter().enumerate().map(|(place, key)| Benchmark {
            key: key.clone(),
            names: self.results.names(key),
            samples: samples(place) as u64,
        });
        found.filter(|benchmark| benchmark.samples > 0).collect()
    }

    /// The benchmarks of the results, in order.
    pub fn keys(&self) -> &[BenchmarkKey] {
        self.results.keys()
    }

    /// Benchmarks of the profiles that no result has the name of.
    pub fn unknown(&self) -> Vec<BenchmarkKey> {
        let mut unknown: Vec<BenchmarkKey> = Vec::new();
        for read in &self.profiles {
            let keys = read.owners.keys.iter().zip(&read.places).filter(|(_, place)| place.is_none());
            unknown.extend(keys.map(|(key, _)| key.clone()));
        }
        unknown.sort();
        unknown.dedup();
        unknown
    }

    /// Whether outputs and profiles are pairs, several of them.
    pub(super) fn is_paired(&self) -> bool {
        self.results.n_outputs() == self.profiles.len() && self.profiles.len() > 1
    }
}
