//! The latency breakdown of what is selected of a trace, and the longest spans of one of its rows.

use std::ops::RangeInclusive;

use goscope_analysis::histogram::DurationHistogram;
use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::instances::{Instance, InstanceFilter, instances};
use goscope_analysis::trace::latency::{
    Breakdown, BreakdownKey, InstanceBreakdown, breakdown, longest_spans, slowest,
};
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::regions::region_types;
use goscope_analysis::trace::tasks::task_types;

use super::profile::clock_range;
use super::{Only, TraceSelection};

/// Instances and spans that are listed.
const LISTED: usize = 200;

/// Where the time of the selected instances went.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// By state and reason.
    pub breakdown: Breakdown,
    /// How many took how long, from the shortest to the longest without a gap.
    pub bars: Vec<LengthBar>,
    /// The slowest, slowest first.
    pub slowest: Vec<SlowInstance>,
    /// All of them.
    instances: Vec<Instance>,
}

/// Instances of about the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthBar {
    /// The shortest length that belongs here, in ns.
    pub from_nanos: u64,
    /// The longest.
    pub to_nanos: u64,
    /// How many.
    pub count: u64,
}

/// Bars of the histogram a decade.
const BARS_A_DECADE: f64 = 10.0;

/// A slow instance, and the span that made it so.
#[derive(Clone, Debug)]
pub struct SlowInstance {
    /// The instance, and where its time went.
    pub parts: InstanceBreakdown,
    /// The longest span of the state that took most of its time.
    pub longest: Option<Span>,
}

/// The longest spans of a row of the breakdown, with their lengths within the instances.
#[derive(Clone, Debug, Default)]
pub struct LongSpans {
    /// Longest first.
    pub spans: Vec<(Span, u64)>,
}

/// The types of tasks and the names of regions that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceNames {
    /// Types of tasks of which some are complete.
    pub tasks: Vec<String>,
    /// Names of regions of which some are complete.
    pub regions: Vec<String>,
}

/// The instances that flame graph and breakdown are about.
pub(super) fn selected_instances(model: &TraceModel, selection: &TraceSelection) -> Vec<Instance> {
    let goroutines = match &selection.only {
        None => GoroutineFilter::default(),
        Some(Only::Function(name)) => {
            GoroutineFilter { function: Some(name.clone()), ..GoroutineFilter::default() }
        }
        Some(Only::Goroutine(goid)) => GoroutineFilter { goid: Some(*goid), ..GoroutineFilter::default() },
    };
    let nanos: Option<RangeInclusive<u64>> = selection.length.map(|(from, to)| from..=to);
    let range = Some(clock_range(model, selection));
    instances(model, &InstanceFilter { kind: selection.about.kind(), range, goroutines, nanos })
}

pub(in crate::query) fn latency(model: &TraceModel, selection: &TraceSelection) -> Latency {
    let found = selected_instances(model, selection);
    let slowest = slowest(model, &found, LISTED).into_iter().map(|parts| {
        let most = parts.rows.first().map(|&(key, _)| key);
        let longest = most.and_then(|key| longest_spans(model, &[parts.instance], key, 1).pop());
        SlowInstance { parts, longest: longest.map(|(span, _)| span) }
    });
    let breakdown = breakdown(model, &found);
    Latency { bars: bars(&breakdown.wall), breakdown, slowest: slowest.collect(), instances: found }
}

/// The first length of a bar.
fn bar_from(bar: i32) -> u64 {
    10_f64.powf(f64::from(bar) / BARS_A_DECADE).round() as u64
}

fn bars(lengths: &DurationHistogram) -> Vec<LengthBar> {
    let bar_of = |nanos: u64| {
        let bar = (nanos.max(1) as f64).log10() * BARS_A_DECADE;
        let bar = bar as i32;
        // Near an edge the logarithm may be rounded to the wrong side.
        if nanos >= bar_from(bar + 1) { bar + 1 } else { bar }
    };
    let mut bars: Vec<LengthBar> = Vec::new();
    let mut next = bar_of(lengths.min_nanos());
    for (range, count) in lengths.buckets() {
        let bar = bar_of((*range.start()).max(lengths.min_nanos()));
        while next <= bar {
            // The first one holds what took no time at all.
            let from_nanos = if next == 0 { 0 } else { bar_from(next) };
            bars.push(LengthBar { from_nanos, to_nanos: bar_from(next + 1) - 1, count: 0 });
            next += 1;
        }
        if let Some(last) = bars.last_mut() {
            last.count += count;
            last.to_nanos = last.to_nanos.max((*range.end()).min(lengths.max_nanos()));
        }
    }
    bars
}

pub(in crate::query) fn long_spans(model: &TraceModel, latency: &Latency, key: BreakdownKey) -> LongSpans {
    LongSpans { spans: longest_spans(model, &latency.instances, key, LISTED) }
}

pub(in crate::query) fn instance_names(model: &TraceModel) -> InstanceNames {
    let text = |id| model.tables().string_lossy(id).into_owned();
    let tasks = task_types(model).into_iter().filter(|it| !it.durations.is_empty()).map(|it| text(it.name));
    let regions = region_types(model).into_iter().filter(|it| it.complete > 0);
    let mut regions: Vec<String> = regions.map(|it| text(it.key.name)).collect();
    regions.dedup();
    InstanceNames { tasks: tasks.collect(), regions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_in_a_bar_and_bars_leave_no_gap() {
        let lengths: DurationHistogram = [0, 1, 9, 10, 999, 1_000, 1_500, 70_000].into_iter().collect();
        let bars = bars(&lengths);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), lengths.count());
        assert_eq!(bars[0].from_nanos, 0);
        assert!(bars.last().is_some_and(|last| last.count == 1 && last.to_nanos >= 70_000));
        for pair in bars.windows(2) {
            assert!(pair[0].to_nanos + 1 >= pair[1].from_nanos, "{pair:?}");
        }
    }
}
