//! A profile whose samples are known by whose they are.

use goscope_parsers::pprof::Profile;

use super::key::BenchmarkKey;
use super::owner::{Owned, Owners, Part, Place, RunOf};
use super::results::Results;

/// The samples of one profile, read.
#[derive(Debug)]
pub(super) struct ReadProfile<'a> {
    pub(super) profile: &'a Profile,
    pub(super) owners: Owners,
    /// Of each sample.
    pub(super) owned: Vec<Owned>,
    /// The benchmarks of [`Owners::keys`] by their places in [`Results::keys`].
    pub(super) places: Vec<Option<usize>>,
    /// The column with numbers of samples, if there is one, and that with their worth.
    columns: (Option<usize>, usize),
    /// What a sample is worth: 10 ms in ns.
    pub(super) period: f64,
}

impl<'a> ReadProfile<'a> {
    /// Reads whose the samples are; set-up is not told from operations yet.
    pub(super) fn read(profile: &'a Profile, results: &Results<'_>) -> Self {
        let owners = Owners::of(profile);
        let places = places(&owners.keys, results.keys());
        let columns = columns(profile);
        let mut read = Self { profile, owners, owned: Vec::new(), places, columns, period: 0.0 };
        let mut frames = Vec::new();
        for sample in 0..profile.samples.len() {
            read.owners.read(profile, sample, &mut frames);
            let mut owned = read.owners.owned(&frames);
            if let Some(place) = owned.key.and_then(|key| read.places[key])
                && owned.is_whole_function
                && owned.run == RunOf::First
                && results.has_only_parts(place)
            {
                owned.part = Part::Setup;
            }
            if owned.key.is_none() && owned.part == Part::Operation && !results.is_one() {
                owned.part = Part::OtherGoroutines;
            }
            read.owned.push(owned);
        }
        read.period = read.period();
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

    pub(super) fn samples_of(&self, is_one: impl Fn(&Owned) -> bool) -> f64 {
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
