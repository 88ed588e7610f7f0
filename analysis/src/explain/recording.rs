//! What was recorded on one side: outputs of benchmarks, and the profiles of the same processes.

use std::fmt;
use std::sync::Arc;

use goscope_parsers::bench::{BenchName, BenchOutput, OutputResult};
use goscope_parsers::pprof::Profile;
use rustc_hash::{FxHashMap, FxHashSet};

use super::owner::{Owned, Owners, Part, Place, RunOf};
use super::setup::mark_setup;
use crate::symbol::package_of;

/// A benchmark function: several results have it in common if it has sub-benchmarks or runs with several numbers of
/// processors.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenchmarkKey {
    /// Import path of its package; empty if the output does not say.
    pub package: String,
    /// The function without the word `Benchmark`: `Encode`.
    pub name: String,
}

impl fmt::Display for BenchmarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Benchmark{}", self.name)
    }
}

impl BenchmarkKey {
    /// The benchmark that a function is or is a literal of, and whether it is all of it.
    pub(super) fn of_function(name: &str) -> Option<(Self, bool)> {
        let package = package_of(name);
        let function = name.get(package.len() + 1..)?;
        let end = function.find(['.', '[', '-']).unwrap_or(function.len());
        let base = function[..end].strip_prefix("Benchmark")?;
        // As the testing package has it: BenchmarkX is one, Benchmarker is none.
        if base.starts_with(char::is_lowercase) {
            return None;
        }
        // Tests of package x that see it from outside are in x_test, which prints as x.
        let package = package.strip_suffix("_test").unwrap_or(package).replace("%2e", ".");
        Some((Self { package, name: base.to_owned() }, end == function.len()))
    }

    /// The benchmark of a result.
    pub fn of_result(result: &OutputResult) -> Self {
        let base = BenchName(result.name.as_bytes()).head();
        Self {
            package: result.config("pkg").unwrap_or_default().to_owned(),
            name: String::from_utf8_lossy(base).into_owned(),
        }
    }
}

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

/// The samples of one profile, read.
#[derive(Debug)]
pub(super) struct ReadProfile<'a> {
    pub(super) profile: &'a Profile,
    pub(super) owners: Owners,
    /// Of each sample.
    pub(super) owned: Vec<Owned>,
    /// The benchmarks of [`Owners::keys`] by their places in [`Recording::keys`].
    pub(super) places: Vec<Option<usize>>,
    /// The column with numbers of samples, if there is one, and that with their worth.
    columns: (Option<usize>, usize),
    /// What a sample is worth: 10 ms in ns.
    pub(super) period: f64,
}

/// Outputs and profiles of the same runs.
#[derive(Debug)]
pub struct Recording<'a> {
    outputs: Vec<&'a BenchOutput>,
    pub(super) profiles: Vec<ReadProfile<'a>>,
    /// The benchmarks of the results, in order of first appearance.
    keys: Vec<BenchmarkKey>,
    /// Of each of them its results, with the places of their outputs.
    results: Vec<Vec<(usize, &'a OutputResult)>>,
}

impl<'a> Recording<'a> {
    /// Reads whose the samples are. CPU profiles only: others give nothing. If there are as many outputs as profiles, they
    /// are taken for pairs, in their order.
    pub fn new(outputs: Vec<&'a BenchOutput>, profiles: &[&'a Profile]) -> Self {
        let mut recording = Self { outputs, profiles: Vec::new(), keys: Vec::new(), results: Vec::new() };
        let mut places: FxHashMap<BenchmarkKey, usize> = FxHashMap::default();
        for (output, results) in recording.outputs.iter().enumerate() {
            for result in &results.results {
                let key = BenchmarkKey::of_result(result);
                let place = *places.entry(key).or_insert_with_key(|key| {
                    recording.keys.push(key.clone());
                    recording.results.push(Vec::new());
                    recording.keys.len() - 1
                });
                recording.results[place].push((output, result));
            }
        }
        for profile in profiles {
            let read = ReadProfile::read(profile, &recording);
            recording.profiles.push(read);
        }
        recording
    }

    /// The benchmarks that both results and profiles have, in the order of the results.
    pub fn benchmarks(&self) -> Vec<Benchmark> {
        let samples = |place: usize| -> f64 {
            self.profiles.iter().map(|it| it.samples_of(|owned| it.is_operation(owned, place))).sum()
        };
        let found = self.keys.iter().enumerate().map(|(place, key)| Benchmark {
            key: key.clone(),
            names: self.names(key),
            samples: samples(place) as u64,
        });
        found.filter(|benchmark| benchmark.samples > 0).collect()
    }

    /// The benchmarks of the results, in order.
    pub fn keys(&self) -> &[BenchmarkKey] {
        &self.keys
    }

    pub(super) fn place(&self, key: &BenchmarkKey) -> Option<usize> {
        self.keys.iter().position(|known| known == key)
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

    pub(super) fn results(&self, key: &BenchmarkKey) -> Vec<&'a OutputResult> {
        self.results_of(key).iter().map(|(_, result)| *result).collect()
    }

    fn results_of(&self, key: &BenchmarkKey) -> &[(usize, &'a OutputResult)] {
        self.place(key).and_then(|place| self.results.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The same of each output by itself, where outputs and profiles are pairs.
    pub(super) fn results_of_pair(&self, pair: usize, key: &BenchmarkKey) -> Option<Vec<&'a OutputResult>> {
        let is_paired = self.outputs.len() == self.profiles.len() && self.outputs.len() > 1;
        let of_pair = self.results_of(key).iter().filter(|(output, _)| *output == pair);
        is_paired.then(|| of_pair.map(|(_, result)| *result).collect())
    }

    /// Every result.
    pub(super) fn all_results(&self) -> impl Iterator<Item = &'a OutputResult> + '_ {
        self.outputs.iter().flat_map(|output| &output.results)
    }

    pub(super) fn names(&self, key: &BenchmarkKey) -> Vec<Arc<str>> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let results = self.results_of(key).iter().filter(|(_, result)| seen.insert(&result.name));
        results.map(|(_, result)| Arc::clone(&result.name)).collect()
    }

    /// The only benchmark of the results, if there is one only.
    fn only(&self) -> Option<usize> {
        (self.keys.len() == 1).then_some(0)
    }

    /// Whether the results of a benchmark are all of its sub-benchmarks: then the function itself ran once, for them.
    fn has_only_parts(&self, place: usize) -> bool {
        let results = &self.results[place];
        !results.is_empty() && results.iter().all(|(_, result)| result.name.contains('/'))
    }
}

impl<'a> ReadProfile<'a> {
    fn read(profile: &'a Profile, recording: &Recording<'a>) -> Self {
        let owners = Owners::of(profile);
        let places = places(&owners.keys, &recording.keys);
        let columns = columns(profile);
        let mut read = Self { profile, owners, owned: Vec::new(), places, columns, period: 0.0 };
        let mut frames = Vec::new();
        for sample in 0..profile.samples.len() {
            read.owners.read(profile, sample, &mut frames);
            let mut owned = read.owners.owned(&frames);
            if let Some(place) = owned.key.and_then(|key| read.places[key])
                && owned.is_whole_function
                && owned.run == RunOf::First
                && recording.has_only_parts(place)
            {
                owned.part = Part::Setup;
            }
            if owned.key.is_none() && owned.part == Part::Operation && recording.only().is_none() {
                owned.part = Part::OtherGoroutines;
            }
            read.owned.push(owned);
        }
        read.period = read.period();
        mark_setup(&mut read, recording);
        read
    }

    /// The benchmark that owns a sample, by its place among those of the results.
    pub(super) fn place_of(&self, owned: &Owned) -> Option<usize> {
        match owned.key {
            Some(key) => self.places[key],
            // It runs a function of another name, and there is only one that it can be.
            None => (owned.part == Part::Operation).then_some(0),
        }
    }

    pub(super) fn is_operation(&self, owned: &Owned, place: usize) -> bool {
        owned.part == Part::Operation && self.place_of(owned) == Some(place)
    }

    /// How many samples a row stands for, and what they are worth in ns.
    #[inline]
    pub(super) fn worth(&self, sample: usize) -> (f64, f64) {
        let worth = self.profile.samples.value(sample, self.columns.1) as f64;
        let count = self.columns.0.map(|column| self.profile.samples.value(sample, column) as f64);
        (count.unwrap_or_else(|| if self.period > 0.0 { worth / self.period } else { 1.0 }), worth)
    }

    fn period(&self) -> f64 {
        let samples = &self.profile.samples;
        let sum = |column: usize| (0..samples.len()).map(|at| samples.value(at, column) as f64).sum::<f64>();
        let count = self.columns.0.map_or(0.0, sum);
        if count > 0.0 { sum(self.columns.1) / count } else { self.profile.period as f64 }
    }

    fn samples_of(&self, is_one: impl Fn(&Owned) -> bool) -> f64 {
        let owned = self.owned.iter().enumerate().filter(|(_, owned)| is_one(owned));
        owned.map(|(sample, _)| self.worth(sample).0).sum()
    }

    /// Replaces `frames` by those of a sample, outermost first.
    pub(super) fn frames(&self, sample: usize, frames: &mut Vec<Place>) {
        self.owners.read(self.profile, sample, frames);
    }
}

/// Which benchmark of the results each of a profile is: by package and name; by name alone where outputs do not say the
/// package.
fn places(in_profile: &[BenchmarkKey], in_results: &[BenchmarkKey]) -> Vec<Option<usize>> {
    let by_name = |key: &BenchmarkKey| {
        let mut found = (0..).zip(in_results).filter(|(_, it)| it.name == key.name);
        let first = found.next()?;
        (found.next().is_none() && first.1.package.is_empty()).then_some(first.0)
    };
    let place =
        |key: &BenchmarkKey| in_results.iter().position(|known| known == key).or_else(|| by_name(key));
    in_profile.iter().map(place).collect()
}

/// The columns `samples/count` and `cpu/nanoseconds`.
fn columns(profile: &Profile) -> (Option<usize>, usize) {
    let column =
        |kind: &[u8]| profile.sample_types.iter().position(|it| profile.strings.bytes(it.kind) == kind);
    (column(b"samples"), column(b"cpu").unwrap_or(0))
}
