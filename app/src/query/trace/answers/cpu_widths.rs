//! Where goroutines ran: CPU samples in exact widths.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use goscope_analysis::trace::answers::cpu_widths::{Counts, cpu_widths, cpu_widths_of_profile};
pub use goscope_analysis::trace::answers::cpu_widths::{CpuWidths, WidthRow, WidthStack};
use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::Time;

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// How much of either must be of the same time for a profile to be of a trace.
const SAME_TIME: f64 = 0.8;

/// Outermost frames among which the function is looked for that a goroutine runs: wrappers may lie around it.
const OUTERMOST: usize = 6;

/// Where goroutines ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CpuWidthsQuery {
    /// When; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Only these goroutines; `None` for all.
    pub goroutines: Option<GoroutineFilter>,
    /// The samples of a CPU profile of the same time.
    pub profile: Option<Arc<ProfileSamples>>,
}

/// The samples of a CPU profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProfileSamples {
    /// On the clock on the wall: nanoseconds since 1970.
    time: Range<i128>,
    /// Stacks, innermost function first, with their number of samples.
    stacks: Vec<(Vec<String>, u64)>,
    /// Labels, by key and value, with their number of samples.
    labels: Vec<((String, String), u64)>,
}

/// Samples of a profile with a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// How many.
    pub samples: u64,
    /// Whether tasks of the trace have this type.
    pub is_task: bool,
}

/// Why a profile does not fit a trace.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoJoin {
    /// Before Go 1.25 traces have no clock on the wall.
    #[error(
        "the trace does not say when it was recorded (Go 1.25 and later do), so no profile can be put beside it"
    )]
    NoClock,
    /// The profile says no time.
    #[error("the profile does not say when it was recorded")]
    NoTime,
    /// They are of other times.
    #[error(
        "the profile is not of the same time as the trace: {0:.0}% of the longer of the two is in both, 80% must be"
    )]
    OtherTime(f64),
    /// A part of a trace, by time or goroutine, with samples of all of it.
    #[error(
        "--profile is of the whole trace: its samples have no time and no goroutine, so it says nothing about a part"
    )]
    PartOfTrace,
}

impl ProfileSamples {
    /// The samples of a CPU profile; `None` if it is none.
    pub fn new(profile: &Profile) -> Option<Self> {
        let kind =
            |kind: &str| profile.sample_types.iter().position(|column| profile.text(column.kind) == kind);
        let column = kind("samples").filter(|_| kind("cpu").is_some())?;
        let mut counts: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        let mut labels: BTreeMap<(String, String), u64> = BTreeMap::new();
        for sample in 0..profile.samples.len() {
            let lines = profile.samples.stack(sample).iter().flat_map(|at| profile.locations.lines(*at));
            let name = |function: goscope_parsers::pprof::FunctionId| {
                profile
                    .functions
                    .get(function.index())
                    .map_or(String::new(), |it| profile.text(it.name).into_owned())
            };
            let functions = lines.map(|line| name(line.function)).collect();
            let count = u64::try_from(profile.samples.value(sample, column)).unwrap_or(0);
            *counts.entry(functions).or_default() += count;
            for label in profile.samples.labels(sample).iter().filter(|label| !label.is_numeric()) {
                let pair = (profile.text(label.key).into_owned(), profile.text(label.str).into_owned());
                *labels.entry(pair).or_default() += count;
            }
        }
        let begin = i128::from(profile.time_nanos);
        let time = begin..begin + i128::from(profile.duration_nanos);
        let stacks = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        Some(Self { time, stacks, labels: labels.into_iter().filter(|(_, count)| *count > 0).collect() })
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.stacks.iter().map(|(_, count)| count).sum()
    }

    /// Its labels, most samples first, and whether tasks of the trace are called the same.
    fn label_rows(&self, model: &TraceModel) -> Vec<LabelRow> {
        let tables = model.tables();
        let types: BTreeSet<_> = model.task_ids().filter_map(|id| model.task(id)).map(|it| it.name).collect();
        let types: BTreeSet<_> = types.into_iter().map(|name| tables.string_lossy(name)).collect();
        let row = |((key, value), samples): &((String, String), u64)| LabelRow {
            key: key.clone(),
            value: value.clone(),
            samples: *samples,
            is_task: !value.is_empty() && types.contains(value.as_str()),
        };
        let mut rows: Vec<LabelRow> = self.labels.iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.samples));
        rows
    }

    /// Whether they can be put beside a trace.
    fn fits(&self, model: &TraceModel) -> Result<(), NoJoin> {
        let clock = model.wall_clock().ok_or(NoJoin::NoClock)?;
        if self.time.start <= 0 || self.time.is_empty() {
            return Err(NoJoin::NoTime);
        }
        let wall = |time: Time| {
            let (seconds, nanos) = clock.wall_at(time);
            i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
        };
        let trace = wall(model.range().start)..wall(model.range().end);
        let both = self.time.end.min(trace.end) - self.time.start.max(trace.start);
        let longer = (self.time.end - self.time.start).max(trace.end - trace.start);
        let share = both.max(0) as f64 / longer.max(1) as f64;
        if share < SAME_TIME { Err(NoJoin::OtherTime(share * 100.0)) } else { Ok(()) }
    }

    /// By the function that the goroutine runs, as the trace calls it.
    fn by_function(&self, model: &TraceModel) -> BTreeMap<String, Counts> {
        let tables = model.tables();
        let ids = model.goroutine_ids().map(|id| model.start_function(id));
        let known: BTreeSet<_> = ids.collect();
        let known: BTreeSet<_> =
            known.into_iter().map(|name| tables.string_lossy(name).into_owned()).collect();
        let mut by: BTreeMap<String, Counts> = BTreeMap::new();
        for (functions, count) in &self.stacks {
            let outermost = functions.iter().rev().take(OUTERMOST);
            if let Some(function) = outermost.into_iter().find(|name| known.contains(*name)) {
                by.entry(function.clone()).or_default().push((functions.clone(), *count));
            }
        }
        by
    }
}

/// Where goroutines ran, and where that is known from.
#[derive(Clone, Debug, Default)]
pub struct CpuAnswer {
    /// The answer.
    pub widths: CpuWidths,
    /// Whether the samples are those of the profile: the trace has none.
    pub is_of_profile: bool,
    /// Samples of the profile, if there is one.
    pub profile_samples: Option<u64>,
    /// Labels of the profile, if it is of the same time.
    pub labels: Vec<LabelRow>,
    /// Why the profile could not be used.
    pub no_join: Option<NoJoin>,
}

impl Question for CpuWidthsQuery {
    type Answer = CpuAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<CpuAnswer, QuestionError> {
        let model = documents.model()?;
        let range = on_clock(model, self.range);
        let profile_samples = self.profile.as_ref().map(|profile| profile.count());
        let only = self.goroutines.as_ref().map(|goroutines| goroutines.select(model, &range));
        let Some(profile) = &self.profile else {
            let widths = cpu_widths(model, &range, only.as_deref());
            return Ok(CpuAnswer { widths, ..CpuAnswer::default() });
        };
        let fits = profile.fits(model).and_then(|()| match (self.range, &only) {
            (Some(_), _) | (_, Some(_)) if model.samples().is_empty() => Err(NoJoin::PartOfTrace),
            _ => Ok(()),
        });
        let is_of_profile = fits.is_ok() && model.samples().is_empty();
        let widths = if is_of_profile {
            cpu_widths_of_profile(model, &range, &profile.by_function(model))
        } else {
            cpu_widths(model, &range, only.as_deref())
        };
        let labels = if fits.is_ok() { profile.label_rows(model) } else { Vec::new() };
        Ok(CpuAnswer { widths, is_of_profile, profile_samples, labels, no_join: fits.err() })
    }
}

#[cfg(test)]
mod tests {
    use goscope_analysis::testing::{profile, trace};

    use super::*;

    #[test]
    fn labels_of_a_profile_meet_tasks_by_their_names() {
        let model = trace(
            r#"
            G1 main.serve: 0 was running P0
            task 1 "checkout" G1: 10..20
            end: 30
            "#,
        );
        let profile = profile(
            "types: samples/count cpu/nanoseconds
             main.serve;main.find 2 20000000 | route=checkout bytes=64kB
             main.serve 1 10000000 | route=checkout
             main.serve 4 40000000 | route=search
             main.idle 9 90000000",
        );
        let samples = ProfileSamples::new(&profile).expect("a CPU profile");
        let rows = samples.label_rows(&model).into_iter();
        let rows = rows.map(|row| format!("{}={} {} {}", row.key, row.value, row.samples, row.is_task));
        assert_eq!(rows.collect::<Vec<_>>(), ["route=search 4 false", "route=checkout 3 true"]);
        assert_eq!(samples.count(), 16);
    }
}
