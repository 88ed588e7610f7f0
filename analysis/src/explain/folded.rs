//! The operation of a benchmark as a profile of its own, for flame graphs and tables per operation.

use goscope_parsers::pprof::{LocationId, Profile, SampleTable};

use super::key::BenchmarkKey;
use super::owner::Place;
use super::read_profile::ReadProfile;
use super::recording::Recording;
use crate::profile::filtered::with_samples;
use crate::profile::merge::{MergeError, merge};

impl Recording<'_> {
    /// The samples of a benchmark's operation, of all profiles: stacks begin with the benchmark function, and what only
    /// interrupts a function is counted to it. Columns and values are those of the profiles:
    /// [`SideFigures::per_op_factor`](super::SideFigures::per_op_factor) times a value in ns is ns per operation.
    ///
    /// # Errors
    /// The profiles have no column in common, or there is none.
    pub fn operation_profile(&self, key: &BenchmarkKey) -> Result<Profile, MergeError> {
        let place = self.results.place(key);
        merge(self.profiles.iter().map(|read| operation(read, place)).collect())
    }
}

/// The samples of the operation, without what is outside of it and without preemptions.
fn operation(read: &ReadProfile<'_>, place: Option<usize>) -> Profile {
    let profile = read.profile;
    let mut samples = SampleTable::new(profile.samples.n_types());
    let mut frames: Vec<Place> = Vec::new();
    for (sample, owned) in read.owned.iter().enumerate() {
        if !place.is_some_and(|place| read.is_operation(owned, place)) {
            continue;
        }
        read.frames(sample, &mut frames);
        let stack = profile.samples.stack(sample);
        let kept = locations(profile, stack, owned.outside, frames.len());
        samples.push(profile.samples.values(sample), kept, profile.samples.labels(sample));
    }
    with_samples(profile, samples)
}

/// The locations of the frames `outside..end`, counted from the outermost. A location that has some of them is kept whole.
fn locations<'p>(profile: &Profile, stack: &'p [LocationId], outside: usize, end: usize) -> &'p [LocationId] {
    let (mut n_outside, mut n_before_end, mut frames) = (0, 0, 0);
    for &location in stack.iter().rev() {
        n_before_end += usize::from(frames < end);
        frames += profile.locations.lines(location).len();
        n_outside += usize::from(frames <= outside);
    }
    let begin = stack.len() - n_before_end;
    &stack[begin..(stack.len() - n_outside).max(begin)]
}
