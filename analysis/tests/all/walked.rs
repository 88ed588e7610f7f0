//! The answers to a selection as one would write them down first: every instance in a list, every span looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::trace::cause::{CauseId, SpanState};
use goscope_analysis::trace::cause_totals::CauseTotal;
use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines, SystemGoroutines, part_of};
use goscope_analysis::trace::instances::{Instance, InstanceFilter, InstanceKind, InstanceOf};
use goscope_analysis::trace::latency::{Breakdown, BreakdownKey, BreakdownRow};
use goscope_analysis::trace::model::{Goroutine, Span, TraceModel};
use goscope_analysis::trace::words::runtime_goroutine::is_runtime_goroutine;
use goscope_parsers::trace::{GoId, StackId, StringId, Time};

const UNKNOWN: BreakdownKey = BreakdownKey { state: SpanState::Unknown, reason: StringId(0) };

fn fits(model: &TraceModel, goroutine: &Goroutine, filter: &GoroutineFilter, part: &Instance) -> bool {
    let name = model.tables().string(model.start_function(goroutine.id));
    let is_named = filter.goid.is_some() || filter.function.is_some();
    let is_in = |state| model.spans_in(goroutine.id, part.range()).any(|span| span.state == state);
    (filter.system == SystemGoroutines::Included || is_named || !is_runtime_goroutine(name))
        && filter.function.as_ref().is_none_or(|wanted| wanted.as_bytes() == name)
        && filter.text.as_ref().is_none_or(|text| String::from_utf8_lossy(name).contains(text.as_str()))
        && filter.goid.is_none_or(|goid| goid == goroutine.goid)
        && filter.nanos.as_ref().is_none_or(|nanos| nanos.contains(&part.nanos()))
        && filter.state.is_none_or(is_in)
        && (!filter.leaves_out_idle() || !is_idle(model, goroutine))
}

/// As it is defined: there all the time, and waiting for all but a thousandth of it.
fn is_idle(model: &TraceModel, goroutine: &Goroutine) -> bool {
    let whole = model.range();
    let waits = |span: &Span| matches!(span.state, SpanState::Waiting | SpanState::Unknown);
    let busy: u64 = model.spans(goroutine.id).filter(|span| !waits(span)).map(|it| it.duration_nanos()).sum();
    !goroutine.is_created && !goroutine.is_ended && busy <= (whole.end - whole.start).cast_unsigned() / 1000
}

/// Goroutines in a range of time.
pub(crate) fn goroutines(model: &TraceModel, filter: &InstanceFilter) -> Vec<Instance> {
    assert_eq!(filter.kind, InstanceKind::Goroutines);
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    let all = model.goroutine_ids().filter_map(|id| model.goroutine(id));
    let parts = all.filter_map(|goroutine| {
        let part = part_of(&goroutine, &range);
        let of = InstanceOf::Goroutine;
        let instance = Instance { of, goroutine: goroutine.id, begin: part.start, end: part.end };
        let lives = goroutine.creation < range.end && goroutine.end >= range.start;
        let is_long = filter.nanos.as_ref().is_none_or(|nanos| nanos.contains(&instance.nanos()));
        (lives && is_long && fits(model, &goroutine, &filter.goroutines, &instance)).then_some(instance)
    });
    parts.collect()
}

/// Tasks or regions that overlap a range of time: complete ones, as long as they are.
pub(crate) fn marks(model: &TraceModel, filter: &InstanceFilter) -> Vec<Instance> {
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    let has_name = |name: &Option<String>, id: StringId| {
        name.as_ref().is_none_or(|name| name.as_bytes() == model.tables().string(id))
    };
    let mut found: Vec<Instance> = Vec::new();
    match &filter.kind {
        InstanceKind::Goroutines => {}
        InstanceKind::Tasks(name) => found.extend(model.task_ids().filter_map(|id| {
            let task = model.task(id).filter(|task| has_name(name, task.name))?;
            let (goroutine, of) = (model.goroutine(task.begin_goroutine)?.id, InstanceOf::Task(id));
            Some(Instance { of, goroutine, begin: task.begin.get()?, end: task.end.get()? })
        })),
        InstanceKind::Regions(name) => {
            found.extend(model.regions().iter().enumerate().filter_map(|(row, region)| {
                let is_complete = region.bounds.has_begin && region.bounds.has_end && !region.is_inherited;
                let (of, goroutine) = (InstanceOf::Region(row as u32), region.goroutine);
                let instance = Instance { of, goroutine, begin: region.begin, end: region.end };
                (is_complete && has_name(name, region.name)).then_some(instance)
            }));
        }
    }
    let (system, idle) = (SystemGoroutines::Included, IdleGoroutines::Included);
    let goroutines = GoroutineFilter { system, idle, ..filter.goroutines.clone() };
    let is_on = |id: GoId| {
        let all = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
        let whole = model.range();
        goroutines == all
            || model.goroutine(id).is_some_and(|goroutine| {
                let part = part_of(&goroutine, &whole);
                let of = InstanceOf::Goroutine;
                let part = Instance { of, goroutine: id, begin: part.start, end: part.end };
                goroutine.creation < whole.end
                    && goroutine.end >= whole.start
                    && fits(model, &goroutine, &goroutines, &part)
            })
    };
    found.retain(|it| {
        it.begin < range.end
            && it.end >= range.start
            && filter.nanos.as_ref().is_none_or(|nanos| nanos.contains(&it.nanos()))
            && is_on(it.goroutine)
    });
    found
}

fn pieces(model: &TraceModel, instance: &Instance) -> Vec<(Span, BreakdownKey, u64)> {
    let range = instance.range();
    let spans = model.spans_in(instance.goroutine, range.clone());
    spans.map(|span| (span, BreakdownKey::of(model.cause(span.cause)), span.nanos_in(&range))).collect()
}

/// The time of an instance by row, and what no span covers with what is unknown.
fn by_row(model: &TraceModel, instance: &Instance) -> (BTreeMap<BreakdownKey, u64>, u64) {
    let mut rows = BTreeMap::new();
    let mut uncovered = instance.nanos();
    for (_, key, nanos) in pieces(model, instance) {
        *rows.entry(key).or_default() += nanos;
        uncovered = uncovered.saturating_sub(nanos);
    }
    *rows.entry(UNKNOWN).or_default() += uncovered;
    rows.retain(|_, nanos| *nanos > 0);
    (rows, uncovered)
}

pub(crate) fn breakdown(model: &TraceModel, instances: &[Instance]) -> Breakdown {
    let mut walls: Vec<u64> = instances.iter().map(Instance::nanos).collect();
    let wall = walls.iter().copied().collect();
    walls.sort_unstable();
    let rank = (walls.len() as f64 * 0.99).ceil() as usize;
    let slow_from_nanos = rank.checked_sub(1).map_or(0, |at| walls[at]);
    let mut rows: BTreeMap<BreakdownKey, BreakdownRow> = BTreeMap::new();
    let empty = |key| {
        let (spans, per_instance) = Default::default();
        BreakdownRow { key, spans, per_instance, slow_nanos: 0 }
    };
    for instance in instances {
        let (sums, uncovered) = by_row(model, instance);
        let mut lengths: Vec<(BreakdownKey, u64)> =
            pieces(model, instance).into_iter().map(|(_, key, nanos)| (key, nanos)).collect();
        lengths.push((UNKNOWN, uncovered));
        for (key, nanos) in lengths.into_iter().filter(|&(_, nanos)| nanos > 0) {
            rows.entry(key).or_insert_with(|| empty(key)).spans.record(nanos);
        }
        for (key, nanos) in sums {
            let row = rows.entry(key).or_insert_with(|| empty(key));
            row.per_instance.record(nanos);
            row.slow_nanos += if instance.nanos() >= slow_from_nanos { u128::from(nanos) } else { 0 };
        }
    }
    let mut rows: Vec<BreakdownRow> = rows.into_values().collect();
    for row in &mut rows {
        row.per_instance.record_times(0, instances.len() as u64 - row.per_instance.count());
    }
    rows.sort_by_key(|row| (Reverse(row.per_instance.total_nanos()), row.key));
    let slow = walls.into_iter().filter(|&nanos| nanos >= slow_from_nanos).collect();
    Breakdown { wall, rows, slow_from_nanos, slow }
}

/// An instance, its rows, and the longest span of the first of them.
pub(crate) type Slow = (Instance, Vec<(BreakdownKey, u64)>, Option<Span>);

pub(crate) fn slowest(model: &TraceModel, instances: &[Instance], limit: usize) -> Vec<Slow> {
    let mut sorted = instances.to_vec();
    sorted.sort_by_key(|instance| (Reverse(instance.nanos()), instance.begin, instance.of));
    sorted.truncate(limit);
    let slow = sorted.into_iter().map(|instance| {
        let mut rows: Vec<(BreakdownKey, u64)> = by_row(model, &instance).0.into_iter().collect();
        rows.sort_by_key(|&(key, nanos)| (Reverse(nanos), key));
        let longest = rows.first().and_then(|row| longest_spans(model, &[instance], row.0, 1).pop());
        (instance, rows, longest.map(|(span, _)| span))
    });
    slow.collect()
}

pub(crate) fn longest_spans(
    model: &TraceModel,
    instances: &[Instance],
    key: BreakdownKey,
    limit: usize,
) -> Vec<(Span, u64)> {
    let all = instances.iter().flat_map(|instance| pieces(model, instance));
    let mut found: Vec<(Span, u64)> =
        all.filter(|&(_, it, nanos)| it == key && nanos > 0).map(|(span, _, nanos)| (span, nanos)).collect();
    found.sort_by_key(|(span, nanos)| (Reverse(*nanos), span.start, span.id));
    let mut known = BTreeSet::new();
    found.retain(|(span, _)| known.insert(span.id));
    found.truncate(limit);
    found
}

pub(crate) fn cause_totals(model: &TraceModel, instances: &[Instance]) -> Vec<CauseTotal> {
    let mut totals: BTreeMap<CauseId, (u64, u64)> = BTreeMap::new();
    for (span, _, nanos) in instances.iter().flat_map(|instance| pieces(model, instance)) {
        let total = totals.entry(span.cause).or_default();
        *total = (total.0 + 1, total.1 + nanos);
    }
    let totals = totals.into_iter();
    totals.map(|(cause, (count, nanos))| CauseTotal { cause, count, nanos }).collect()
}

pub(crate) fn sample_totals(model: &TraceModel, instances: &[Instance]) -> Vec<(StackId, u64)> {
    let mut counts: BTreeMap<StackId, u64> = BTreeMap::new();
    for sample in model.samples() {
        let is_in = |it: &Instance| it.goroutine == sample.goroutine && it.range().contains(&sample.time);
        if instances.iter().any(is_in) {
            *counts.entry(sample.stack).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}

/// Time by state and the last cause of a goroutine in a range of time.
pub(crate) fn states(
    model: &TraceModel,
    instance: &Instance,
    range: &std::ops::Range<Time>,
) -> ([u64; SpanState::COUNT], CauseId) {
    let (mut nanos, mut last) = ([0; SpanState::COUNT], CauseId::default());
    for span in model.spans_in(instance.goroutine, range.clone()) {
        nanos[span.state.index()] += span.nanos_in(&instance.range());
        last = span.cause;
    }
    (nanos, last)
}

/// Moments that are worth a look: where spans begin and end, and next to it.
pub(crate) fn moments(model: &TraceModel) -> Vec<Time> {
    let spans = model.goroutine_ids().flat_map(|id| model.spans(id));
    let mut moments: Vec<Time> =
        spans.flat_map(|span| [span.start - 1, span.start, span.start + 1, span.end]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}
