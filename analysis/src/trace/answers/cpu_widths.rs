//! CPU samples in exact widths: a trace knows how long each goroutine ran, samples where it was meanwhile.
//!
//! ```text
//! goroutine ran   30 ms exactly    samples  a a b        10 ms each: a 20 ms, b 10 ms
//! another one     700 µs           no sample             with those of its function, if they have 5; else unsampled
//! ```
//!
//! The running time of a stratum is divided among the samples in it: of a region of a goroutine, then of a goroutine,
//! then of all goroutines of a function. Widths are integers and add up to the running time exactly; strata of different
//! functions are never mixed. The error of k samples is 1/√k of the width, as of any count.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{GoId, StackId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::scheduler::running_samples;
use crate::trace::model::{TraceModel, nanos_between};
use crate::trace::questions::profile::{StackPiece, Stacks};
use crate::trace::words::cause::SpanState;
use crate::trace::words::time::{SAMPLE_PERIOD_NANOS, add_up, sum_up};

/// Goroutines that one worker takes up at once.
const AT_ONCE: usize = 256;

/// Fewer samples of a function say too little about goroutines of it that have none.
const LEAST_POOLED: u64 = 5;

/// The frame of running time without a sample.
const NO_SAMPLE: &str = "(no sample says where)";

/// Stacks with their number of samples, in the order in which they came.
pub type Counts = Vec<(Vec<String>, u64)>;

/// The running time of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidthStack {
    /// Its functions, innermost first.
    pub functions: Vec<String>,
    /// Its time.
    pub nanos: u64,
    /// Its samples.
    pub samples: u64,
}

impl WidthStack {
    /// How far off the width may be, as a part of it: the standard error of a count.
    pub fn error(&self) -> f64 {
        1.0 / (self.samples.max(1) as f64).sqrt()
    }
}

/// The running time of the goroutines of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidthRow {
    /// The function; none where no stack was seen.
    pub function: StringId,
    /// Goroutines that ran.
    pub goroutines: u64,
    /// How long, all together.
    pub running_nanos: u64,
    /// Their CPU samples.
    pub samples: u64,
    /// The part of the time of which no sample says where it went.
    pub unsampled_nanos: u64,
    /// The rest by stack, most time first.
    pub stacks: Vec<WidthStack>,
}

/// The running time of all goroutines.
#[derive(Clone, Debug, Default)]
pub struct CpuWidths {
    /// How long, all together.
    pub running_nanos: u64,
    /// CPU samples of running goroutines.
    pub samples: u64,
    /// By function, most time first.
    pub rows: Vec<WidthRow>,
}

/// Running time without a region.
const OUTSIDE: StringId = StringId::NONE;

/// What is known of the goroutines of a function.
#[derive(Default)]
struct Group {
    goroutines: u64,
    running_nanos: u64,
    /// Widths and samples of stacks whose strata have samples.
    stacks: FxHashMap<StackId, (u64, u64)>,
    /// Time of goroutines without samples.
    left_nanos: u64,
    /// All samples, in order of goroutine and time.
    samples: Vec<StackId>,
}

impl Group {
    fn merge(&mut self, other: Self) {
        self.goroutines += other.goroutines;
        add_up(&mut self.running_nanos, other.running_nanos);
        add_up(&mut self.left_nanos, other.left_nanos);
        self.samples.extend(other.samples);
        // Sums: the order shows nowhere.
        other.stacks.into_iter().for_each(|(stack, (nanos, samples))| {
            let sum = self.stacks.entry(stack).or_default();
            *sum = (sum.0.saturating_add(nanos), sum.1 + samples);
        });
    }

    /// Divides time among samples: the first takes what is left over.
    fn divide(&mut self, nanos: u64, samples: impl ExactSizeIterator<Item = StackId>) {
        let count = samples.len() as u64;
        for (at, stack) in samples.enumerate() {
            let rest = if at == 0 { nanos % count } else { 0 };
            add_up(&mut self.stacks.entry(stack).or_default().0, nanos / count + rest);
        }
    }
}

impl Group {
    /// Divides the time of goroutines without samples among those of all, if these are enough; returns what is left.
    fn pool(&mut self) -> u64 {
        let left = std::mem::take(&mut self.left_nanos);
        let pooled = std::mem::take(&mut self.samples);
        if (pooled.len() as u64) < LEAST_POOLED {
            return left;
        }
        self.divide(left, pooled.into_iter());
        0
    }
}

type Groups = FxHashMap<StringId, Group>;

/// The running time of goroutines in a range of time by stack, from the CPU samples in the trace. `only`: of these, in
/// order; else of all.
pub fn cpu_widths(model: &TraceModel, range: &Range<Time>, only: Option<&[GoId]>) -> CpuWidths {
    let samples = samples_in(model, range, only);
    let groups = groups(model, range, only, &samples);
    let rows = groups.into_iter().map(|(function, group)| row(model, function, group));
    finished(rows.collect(), samples.len() as u64)
}

/// The same as a flame graph, with the time of each goroutine's function of which no sample says where it went. Empty if
/// there is no sample at all.
pub fn cpu_flame(model: &TraceModel, range: &Range<Time>, only: Option<&[GoId]>) -> Profile {
    let samples = samples_in(model, range, only);
    if samples.is_empty() {
        return Profile::default();
    }
    let mut stacks = Stacks::new(model, [("samples", "count"), ("cpu", "nanoseconds")], range);
    stacks.period(("cpu", "nanoseconds"), SAMPLE_PERIOD_NANOS as i64);
    let groups: BTreeMap<StringId, Group> = groups(model, range, only, &samples).into_iter().collect();
    for (function, mut group) in groups {
        let unsampled = group.pool();
        let widths: BTreeMap<StackId, (u64, u64)> = group.stacks.into_iter().collect();
        for (stack, (nanos, samples)) in widths {
            stacks.add([samples as i64, nanos as i64], stack, None);
        }
        if unsampled > 0 {
            let name = model.tables().string_lossy(function);
            let pieces = [StackPiece::Word(NO_SAMPLE), StackPiece::Word(&name)];
            stacks.add_pieces([0, unsampled as i64], pieces.into_iter());
        }
    }
    stacks.finish()
}

/// CPU samples of running goroutines, by goroutine and time.
fn samples_in(model: &TraceModel, range: &Range<Time>, only: Option<&[GoId]>) -> Vec<(GoId, Time, StackId)> {
    let rows = running_samples(model, range);
    let rows = rows.filter(|row| only.is_none_or(|ids| ids.binary_search(&row.goroutine).is_ok()));
    let mut samples: Vec<(GoId, Time, StackId)> =
        rows.map(|row| (row.goroutine, row.time, row.stack)).collect();
    samples.sort_by_key(|&(goroutine, time, _)| (goroutine, time));
    samples
}

/// The same, from the samples of a CPU profile of the same time, by the function that their goroutines run.
pub fn cpu_widths_of_profile(
    model: &TraceModel,
    range: &Range<Time>,
    counts: &BTreeMap<String, Counts>,
) -> CpuWidths {
    let groups = groups(model, range, None, &[]);
    let rows = groups.into_iter().map(|(function, group)| {
        let name = model.tables().string_lossy(function);
        let counts = counts.get(name.as_ref()).map_or(&[][..], Vec::as_slice);
        row_of_counts(function, &group, counts)
    });
    let rows: Vec<WidthRow> = rows.collect();
    let samples = rows.iter().map(|row| row.samples).sum();
    finished(rows, samples)
}

fn finished(mut rows: Vec<WidthRow>, samples: u64) -> CpuWidths {
    rows.retain(|row| row.running_nanos > 0 || row.samples > 0);
    rows.sort_by_key(|row| (Reverse(row.running_nanos), row.function));
    CpuWidths { running_nanos: sum_up(rows.iter().map(|row| row.running_nanos)), samples, rows }
}

/// Running time by function; samples are by goroutine and time.
fn groups(
    model: &TraceModel,
    range: &Range<Time>,
    only: Option<&[GoId]>,
    samples: &[(GoId, Time, StackId)],
) -> Groups {
    let ids: Vec<GoId> = only.map_or_else(|| model.goroutine_ids().collect(), <[GoId]>::to_vec);
    let parts: Vec<Groups> = ids
        .par_chunks(AT_ONCE)
        .map(|ids| {
            let mut groups = Groups::default();
            for &id in ids {
                let begin = samples.partition_point(|&(goroutine, ..)| goroutine < id);
                let end = samples.partition_point(|&(goroutine, ..)| goroutine <= id);
                add_goroutine(model, id, range, &samples[begin..end], &mut groups);
            }
            groups
        })
        .collect();
    // In order: who comes first takes what is left over.
    let mut all = Groups::default();
    for part in parts {
        part.into_iter().for_each(|(function, group)| all.entry(function).or_default().merge(group));
    }
    all
}

fn add_goroutine(
    model: &TraceModel,
    id: GoId,
    range: &Range<Time>,
    samples: &[(GoId, Time, StackId)],
    groups: &mut Groups,
) {
    let running = model.spans_in(id, range.clone()).filter(|span| span.state == SpanState::Running);
    let parts: Vec<Range<Time>> =
        running.map(|span| span.start.max(range.start)..span.end.min(range.end)).collect();
    let nanos: u64 = parts.iter().map(|part| nanos_between(part.start, part.end)).sum();
    if nanos == 0 && samples.is_empty() {
        return;
    }
    let group = groups.entry(model.start_function(id)).or_default();
    group.goroutines += 1;
    add_up(&mut group.running_nanos, nanos);
    if samples.is_empty() {
        add_up(&mut group.left_nanos, nanos);
        return;
    }
    for &(.., stack) in samples {
        group.samples.push(stack);
        group.stacks.entry(stack).or_default().1 += 1;
    }
    let regions = RegionTimes::new(model, id, range);
    let mut strata: FxHashMap<StringId, Vec<StackId>> = FxHashMap::default();
    for &(_, time, stack) in samples {
        strata.entry(regions.at(time)).or_default().push(stack);
    }
    let mut left = nanos;
    let mut by_region: Vec<(StringId, u64)> = regions.running(&parts).into_iter().collect();
    by_region.sort_unstable();
    for (region, nanos) in by_region.into_iter().filter(|(region, _)| *region != OUTSIDE) {
        if let Some(own) = strata.get(&region) {
            group.divide(nanos, own.iter().copied());
            left -= nanos;
        }
    }
    let outside = strata.get(&OUTSIDE).map(Vec::as_slice).unwrap_or_default();
    if outside.is_empty() {
        group.divide(left, samples.iter().map(|&(.., stack)| stack));
    } else {
        group.divide(left, outside.iter().copied());
    }
}

/// The innermost region of a goroutine, over time.
struct RegionTimes {
    /// From when on which.
    changes: Vec<(Time, StringId)>,
}

impl RegionTimes {
    fn new(model: &TraceModel, id: GoId, range: &Range<Time>) -> Self {
        let regions = model.regions_of(id).iter().filter(|region| !region.is_inherited);
        let inside = regions.filter(|region| region.begin < range.end && region.end > range.start);
        let mut bounds: Vec<(Time, bool, usize, StringId)> = Vec::new();
        for (at, region) in inside.enumerate() {
            bounds.push((region.begin, true, at, region.name));
            bounds.push((region.end, false, at, region.name));
        }
        // Ends before begins; of regions that begin together, outer ones first.
        bounds.sort_unstable_by_key(|&(time, is_begin, at, _)| (time, is_begin, at));
        let mut open: Vec<(usize, StringId)> = Vec::new();
        let mut changes = Vec::with_capacity(bounds.len());
        for (time, is_begin, at, name) in bounds {
            if is_begin {
                open.push((at, name));
            } else {
                open.retain(|(other, _)| *other != at);
            }
            changes.push((time, open.last().map_or(OUTSIDE, |(_, name)| *name)));
        }
        Self { changes }
    }

    fn at(&self, time: Time) -> StringId {
        let before = self.changes.partition_point(|&(at, _)| at <= time);
        before.checked_sub(1).map_or(OUTSIDE, |at| self.changes[at].1)
    }

    /// Running time by innermost region; `parts` are in order of time.
    fn running(&self, parts: &[Range<Time>]) -> FxHashMap<StringId, u64> {
        let mut nanos: FxHashMap<StringId, u64> = FxHashMap::default();
        if self.changes.is_empty() {
            return nanos;
        }
        for part in parts {
            let mut begin = part.start;
            let mut next = self.changes.partition_point(|&(at, _)| at <= begin);
            while begin < part.end {
                let end = self.changes.get(next).map_or(part.end, |&(at, _)| at.min(part.end));
                let region = next.checked_sub(1).map_or(OUTSIDE, |at| self.changes[at].1);
                add_up(nanos.entry(region).or_default(), nanos_between(begin, end));
                begin = end;
                next += 1;
            }
        }
        nanos
    }
}

/// The row of a function, from samples of the trace.
fn row(model: &TraceModel, function: StringId, mut group: Group) -> WidthRow {
    let samples = group.samples.len() as u64;
    let unsampled_nanos = group.pool();
    let tables = model.tables();
    // Lines of one function are one stack.
    let mut by_functions: FxHashMap<Vec<StringId>, (u64, u64)> = FxHashMap::default();
    group.stacks.into_iter().for_each(|(stack, (nanos, samples))| {
        let functions = tables.stack(stack).iter().map(|frame| tables.frame(*frame).function);
        let sum = by_functions.entry(functions.collect()).or_default();
        *sum = (sum.0.saturating_add(nanos), sum.1 + samples);
    });
    let text = |functions: Vec<StringId>| {
        functions.into_iter().map(|name| tables.string_lossy(name).into_owned()).collect()
    };
    let stacks = by_functions.into_iter().map(|(functions, (nanos, samples))| WidthStack {
        functions: text(functions),
        nanos,
        samples,
    });
    let Group { goroutines, running_nanos, .. } = group;
    WidthRow {
        function,
        goroutines,
        running_nanos,
        samples,
        unsampled_nanos,
        stacks: sorted(stacks.collect()),
    }
}

/// The row of a function, from samples of a profile.
fn row_of_counts(function: StringId, group: &Group, counts: &[(Vec<String>, u64)]) -> WidthRow {
    let Group { goroutines, running_nanos, .. } = *group;
    let samples: u64 = counts.iter().map(|(_, count)| count).sum();
    let mut stacks: Vec<WidthStack> = Vec::new();
    let mut unsampled_nanos = running_nanos;
    if samples >= LEAST_POOLED {
        let part = |count: u64| {
            u64::try_from(u128::from(running_nanos) * u128::from(count) / u128::from(samples)).unwrap_or(0)
        };
        stacks = counts
            .iter()
            .map(|(functions, count)| WidthStack {
                functions: functions.clone(),
                nanos: part(*count),
                samples: *count,
            })
            .collect();
        let rest = running_nanos - stacks.iter().map(|stack| stack.nanos).sum::<u64>();
        add_up(&mut stacks[0].nanos, rest);
        unsampled_nanos = 0;
    }
    WidthRow { function, goroutines, running_nanos, samples, unsampled_nanos, stacks: sorted(stacks) }
}

fn sorted(mut stacks: Vec<WidthStack>) -> Vec<WidthStack> {
    stacks
        .sort_by(|one, other| other.nanos.cmp(&one.nanos).then_with(|| one.functions.cmp(&other.functions)));
    stacks
}
