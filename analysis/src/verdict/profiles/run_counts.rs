//! A run, as numbers by function: what a comparison needs of a profile. Its stacks are read again only where a change is
//! to be explained.

use std::sync::{Arc, OnceLock};

use goscope_parsers::pprof::{LocationTable, Profile};

use super::build_facts::build_of;
use super::counted::Columns;
use super::hot_stacks::{HotStacks, RARE};
use super::kept_functions::RunFunctions;
use super::run_functions::Numbering;
use super::sums::Sums;
use super::walk::Walk;
use crate::profile::frame::FrameId;
use crate::profile::location_frames::LocationFrames;
use crate::statistics::allocations::Estimate;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::run::{RunContext, RunInfo};

/// A run as numbers by function. It shares its profile with whoever else holds it; if nobody does, it keeps no more of it
/// than its samples.
#[derive(Clone, Debug)]
pub struct RunCounts {
    pub(super) info: RunInfo,
    pub(super) columns: Columns,
    /// Those that samples hold, sorted by name.
    pub(super) functions: RunFunctions,
    /// What each function adds up to, alone.
    pub(super) flat: Vec<Estimate>,
    /// The same with all that it calls.
    pub(super) cum: Vec<Estimate>,
    /// Sum of the depths at which it stands, by events: what is called stands deeper than its caller.
    pub(super) depth: Vec<f64>,
    pub(super) total: Estimate,
    profile: Arc<Profile>,
    /// The functions of each location of the profile, by their numbers here.
    functions_at: LocationFrames,
    stacks: OnceLock<HotStacks>,
}

impl RunCounts {
    /// Counts a profile. `sample_type` is a name or an index as in queries; `None` for the profile's default.
    ///
    /// # Errors
    /// The profile has no such sample type, or holds negative values.
    pub fn of(
        profile: impl Into<Arc<Profile>>,
        sample_type: Option<&str>,
        context: RunContext,
    ) -> Result<Self, Incomparable> {
        let profile = profile.into();
        let columns = Columns::of(&profile, sample_type)
            .map_err(|error| Incomparable::Query { run: context.name.clone(), error })?;
        let numbering = Numbering::of(&profile);
        let names = numbering.functions.iter().map(|function| &*function.name);
        let walk = Walk::new(&profile, &numbering.functions_at, names);
        let n_functions = numbering.functions.len();
        let Some(Sums { functions, total }) = Sums::of(&walk, &columns, n_functions) else {
            return Err(Incomparable::Negative { run: context.name });
        };
        // Whatever the order in the file, functions are numbered in the order of their names.
        let order = numbering.sorted(|function| functions[function].is_seen);
        let mut ranks = vec![FrameId(0); n_functions];
        (0..).zip(&order).for_each(|(rank, &function)| ranks[function] = FrameId(rank));
        let mut info = info(&profile, context);
        (info.samples, info.total) = (total.sampled, total.value);
        let run = Self {
            info,
            columns,
            functions: numbering.finished(&order),
            flat: order.iter().map(|&function| functions[function].flat).collect(),
            cum: order.iter().map(|&function| functions[function].cum).collect(),
            depth: order.iter().map(|&function| functions[function].depth).collect(),
            total,
            functions_at: numbering.functions_at.map(|id| ranks[id.index()]),
            profile: Arc::default(),
            stacks: OnceLock::new(),
        };
        let needs_labels = !run.columns.is_counted_plainly();
        let profile = Arc::try_unwrap(profile)
            .map_or_else(|shared| shared, |own| Arc::new(samples_of(own, needs_labels)));
        Ok(Self { profile, ..run })
    }

    /// The profile, of which no more than samples and sample types need be there.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What the run is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Type of the values: `cpu`.
    pub fn kind(&self) -> &str {
        &self.columns.kind
    }

    /// Unit of the values: `nanoseconds`.
    pub fn unit(&self) -> &str {
        &self.columns.unit
    }

    /// Its stacks, made when they are asked for the first time.
    pub(super) fn stacks(&self) -> &HotStacks {
        self.stacks.get_or_init(|| self.made_stacks())
    }

    fn made_stacks(&self) -> HotStacks {
        let weight = |estimate: &Estimate| {
            if self.columns.has_counts() { estimate.sampled } else { estimate.value }
        };
        let least = weight(&self.total) * RARE;
        let is_hot: Vec<bool> = self.cum.iter().map(|cum| weight(cum) >= least).collect();
        let walk = Walk::new(&self.profile, &self.functions_at, self.functions.names());
        HotStacks::of(&walk, &self.columns, &is_hot)
    }
}

/// A profile without what its samples point at: half of its memory.
fn samples_of(mut profile: Profile, needs_labels: bool) -> Profile {
    if !needs_labels {
        profile.samples.drop_labels();
    }
    Profile { locations: LocationTable::default(), functions: Vec::new(), mappings: Vec::new(), ..profile }
}

fn info(profile: &Profile, context: RunContext) -> RunInfo {
    let binary = profile.mappings.first().map(|mapping| profile.text(mapping.filename).into_owned());
    RunInfo {
        context,
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos.max(0),
        period: profile.period,
        binary: binary.unwrap_or_default(),
        build: build_of(profile),
        ..RunInfo::default()
    }
}
