//! Samples of one benchmark on one side, by function.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use goscope_parsers::pprof::FunctionId;

use super::key::BenchmarkKey;
use super::owner::{Part, Place, RunOf};
use super::read_profile::ReadProfile;
use super::recording::Recording;
use crate::symbol::{is_own_code, package_of};
use crate::verdict::profiles::compared_name;

/// Samples, and what they are worth in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    pub(super) count: f64,
    pub(super) worth: f64,
}

impl AddAssign<(f64, f64)> for Sum {
    fn add_assign(&mut self, (count, worth): (f64, f64)) {
        self.count += count;
        self.worth += worth;
    }
}

/// What a function of own code cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Itself and the library functions that it calls, without calls of other own code.
    pub(super) own: Sum,
    /// Itself alone.
    pub(super) itself: Sum,
    /// With all that it calls.
    pub(super) all: Sum,
    /// The library functions in `own`, by the one at the leaf.
    pub(super) library: BTreeMap<Arc<str>, Sum>,
}

/// All that is counted of a benchmark on a side.
#[derive(Debug, Default)]
pub(super) struct Costs {
    pub(super) functions: BTreeMap<Arc<str>, Tally>,
    pub(super) operation: Sum,
    /// The operation in each profile.
    pub(super) by_profile: Vec<Sum>,
    /// What is beside it. Set-up is the benchmark's own, the rest is of the whole profile.
    pub(super) beside: Vec<(Part, Sum)>,
    /// Worth in ns of a sample.
    pub(super) period: f64,
    /// Whether all runs were first runs: the mark of `b.Loop`.
    pub(super) is_loop: bool,
    /// Whether a timer was started or stopped in the operation.
    pub(super) has_timer: bool,
}

/// A function of a profile as it is counted.
struct Named {
    name: Arc<str>,
    is_own: bool,
    is_timer: bool,
}

impl Costs {
    pub(super) fn of(recording: &Recording<'_>, place: usize, key: &BenchmarkKey) -> Self {
        let mut costs =
            Self { beside: Part::BESIDE.map(|part| (part, Sum::default())).to_vec(), ..Self::default() };
        let [mut first, mut later] = [0.0, 0.0];
        for read in &recording.profiles {
            let names = names(read, key);
            let before = costs.operation;
            let mut frames = Vec::new();
            for (sample, owned) in read.owned.iter().enumerate() {
                let worth = read.worth(sample);
                if let Some(beside) = costs.beside.iter_mut().find(|(part, _)| *part == owned.part) {
                    if owned.part != Part::Setup || read.place_of(owned) == Some(place) {
                        beside.1 += worth;
                    }
                    continue;
                }
                if !read.is_operation(owned, place) {
                    continue;
                }
                match owned.run {
                    RunOf::First => first += worth.0,
                    RunOf::Later | RunOf::Parallel => later += worth.0,
                    RunOf::Unknown => {}
                }
                read.frames(sample, &mut frames);
                costs.add(&names, &frames, owned.outside, worth);
            }
            costs.by_profile.push(Sum {
                count: costs.operation.count - before.count,
                worth: costs.operation.worth - before.worth,
            });
            costs.period = costs.period.max(read.period);
        }
        costs.is_loop = first > 0.0 && later == 0.0;
        costs
    }

    fn add(&mut self, names: &[Named], frames: &[Place], outside: usize, worth: (f64, f64)) {
        self.operation += worth;
        let named = |place: &Place| names.get(place.function.index());
        let inside = frames.get(outside..).filter(|inside| !inside.is_empty());
        let inside = inside.unwrap_or_else(|| frames.last().map(std::slice::from_ref).unwrap_or_default());
        let Some(leaf) = inside.last().and_then(named) else { return };
        let own = inside.iter().rev().filter_map(named).find(|it| it.is_own);
        let Some(own) = own.or_else(|| inside.first().and_then(named)) else { return };
        self.has_timer |= inside.iter().filter_map(named).any(|it| it.is_timer);
        let tally = self.functions.entry(Arc::clone(&own.name)).or_default();
        tally.own += worth;
        if leaf.name == own.name {
            tally.itself += worth;
        } else {
            *tally.library.entry(Arc::clone(&leaf.name)).or_default() += worth;
        }
        let mut seen: Vec<&Arc<str>> = Vec::new();
        for named in inside.iter().filter_map(named).filter(|it| it.is_own || it.name == own.name) {
            if !seen.contains(&&named.name) {
                seen.push(&named.name);
                self.functions.entry(Arc::clone(&named.name)).or_default().all += worth;
            }
        }
    }

    pub(super) fn beside(&self, part: Part) -> Sum {
        self.beside.iter().find(|(other, _)| *other == part).map_or_else(Sum::default, |(_, sum)| *sum)
    }
}

/// The functions of a profile: names as other builds have them, and whose code they are. The package of the benchmark
/// is own code also if it is one of the standard library.
fn names(read: &ReadProfile<'_>, key: &BenchmarkKey) -> Vec<Named> {
    let profile = read.profile;
    let function = |at: usize| {
        let function = &profile.functions[FunctionId(u32::try_from(at).unwrap_or(u32::MAX)).index()];
        let name = profile.text(function.name);
        let is_of_package = !key.package.is_empty() && package_of(&name) == key.package;
        Named {
            is_own: is_of_package || is_own_code(&name, &profile.text(function.filename)),
            is_timer: matches!(&*name, "testing.(*B).StopTimer" | "testing.(*B).StartTimer"),
            name: (*compared_name(&name)).into(),
        }
    };
    (0..profile.functions.len()).map(function).collect()
}
