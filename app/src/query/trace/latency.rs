//! The latency breakdown of what is selected of a trace, and the longest spans of one of its rows.

use std::ops::RangeInclusive;

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
    let bars = bars(&found.iter().map(Instance::nanos).collect::<Vec<u64>>());
    Latency { bars, breakdown, slowest: slowest.collect(), instances: found }
}

/// The first length of a bar.
fn bar_from(bar: i32) -> u64 {
    10_f64.powf(f64::from(bar) / BARS_A_DECADE).round() as u64
}

/// The bar that a length belongs to.
fn bar_of(nanos: u64) -> i32 {
    let bar = ((nanos.max(1) as f64).log10() * BARS_A_DECADE) as i32;
    // Near an edge the logarithm may be rounded to the wrong side.
    if nanos >= bar_from(bar + 1) {
        bar + 1
    } else if nanos < bar_from(bar) {
        bar - 1
    } else {
        bar
    }
}

fn bars(lengths: &[u64]) -> Vec<LengthBar> {
    let bars = lengths.iter().map(|&nanos| bar_of(nanos).max(0));
    let (Some(first), Some(last)) = (bars.clone().min(), bars.clone().max()) else { return Vec::new() };
    let bar = |bar: i32| LengthBar {
        // The first of all holds what took no time.
        from_nanos: if bar == 0 { 0 } else { bar_from(bar) },
        to_nanos: bar_from(bar + 1).saturating_sub(1),
        count: 0,
    };
    let mut found: Vec<LengthBar> = (first..=last).map(bar).collect();
    for bar in bars {
        found[(bar - first).unsigned_abs() as usize].count += 1;
    }
    found
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
    fn every_length_is_in_its_bar_and_bars_leave_no_gap() {
        let lengths = [0, 1, 9, 10, 999, 1_000, 1_500, 70_000, 99_999, 100_000];
        let bars = bars(&lengths);
        for bar in &bars {
            let inside = lengths.iter().filter(|nanos| (bar.from_nanos..=bar.to_nanos).contains(nanos));
            assert_eq!(bar.count, inside.count() as u64, "{bar:?}");
        }
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), lengths.len() as u64);
        assert!(bars.windows(2).all(|pair| pair[0].to_nanos + 1 == pair[1].from_nanos), "{bars:?}");
    }
}
