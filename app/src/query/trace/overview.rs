//! A whole trace at a glance: how many goroutines ran and waited to run, the heap, GC cycles and stopped worlds.

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::StateSum;
use goscope_analysis::trace::rows::MetricRow;
use goscope_parsers::trace::Time;

use crate::document::TraceDocument;

/// Series of one value a column, and ranges in ns since the trace began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Mean number of running goroutines.
    pub running: Vec<f32>,
    /// Mean number of runnable goroutines.
    pub runnable: Vec<f32>,
    /// The largest sum of both in a column.
    pub most: f32,
    /// Largest number of bytes in use, as a part of `heap_most`; none before it is known.
    pub heap: Vec<Option<f32>>,
    /// The heap goal, likewise.
    pub heap_goal: Vec<Option<f32>>,
    /// The largest heap or goal, in bytes.
    pub heap_most: u64,
    /// GC mark phases.
    pub gc: Vec<(i64, i64)>,
    /// Stopped worlds.
    pub stopped: Vec<(i64, i64)>,
    /// Length of the trace.
    pub trace_nanos: i64,
}

/// Sums a trace up in columns of equal length.
pub(in crate::query) fn overview(trace: &TraceDocument, n_columns: usize) -> Overview {
    let model = &trace.model;
    let range = model.range();
    let since_start = |time: Time| time.saturating_sub(range.start);
    let marks = trace.gc.cycles.iter().map(|cycle| cycle.mark_span(&range));
    let marks = marks.map(|span| (since_start(span.start), since_start(span.end))).collect();
    let pauses =
        trace.pauses.iter().map(|pause| (since_start(pause.begin), since_start(pause.end))).collect();
    let trace_nanos = range.end.saturating_sub(range.start).max(1);
    let n_columns = n_columns.max(1);
    let edge =
        |column: usize| range.start + (trace_nanos as i128 * column as i128 / n_columns as i128) as i64;
    let edges: Vec<Time> = (0..=n_columns).map(edge).collect();
    let running = means(model.state_sums(), &edges, SpanState::Running);
    let runnable = means(model.state_sums(), &edges, SpanState::Runnable);
    let most =
        running.iter().zip(&runnable).map(|(running, runnable)| running + runnable).fold(1.0, f32::max);
    let largest = |rows: &[MetricRow]| rows.iter().map(|row| row.value).max().unwrap_or(0);
    let heap_most = largest(model.heap_alloc()).max(largest(model.heap_goal()));
    Overview {
        running,
        runnable,
        most,
        heap: shares(model.heap_alloc(), &edges, heap_most),
        heap_goal: shares(model.heap_goal(), &edges, heap_most),
        heap_most,
        gc: joined(marks, trace_nanos / n_columns as i64 / 2),
        stopped: joined(pauses, trace_nanos / n_columns as i64 / 2),
        trace_nanos,
    }
}

/// Mean number of goroutines in a state between neighboring edges.
fn means(sums: &[StateSum], edges: &[Time], state: SpanState) -> Vec<f32> {
    let mut next = 0;
    let mut until = |time: Time| {
        while next < sums.len() && sums[next].time < time {
            next += 1;
        }
        let after = sums.get(next);
        let before = next.checked_sub(1).and_then(|before| sums.get(before));
        let nanos = |sum: &StateSum| sum.nanos[state.index()] as f64;
        match (before, after) {
            (Some(before), Some(after)) => {
                let part = (time - before.time) as f64 / (after.time - before.time).max(1) as f64;
                nanos(before) + (nanos(after) - nanos(before)) * part
            }
            (Some(last), None) => nanos(last),
            (None, Some(first)) if first.time <= time => nanos(first),
            (None, _) => 0.0,
        }
    };
    let totals: Vec<f64> = edges.iter().map(|&edge| until(edge)).collect();
    let mean = |(totals, edges): (&[f64], &[Time])| {
        ((totals[1] - totals[0]) / (edges[1] - edges[0]).max(1) as f64).max(0.0) as f32
    };
    totals.windows(2).zip(edges.windows(2)).map(mean).collect()
}

/// The largest value of each column as a part of `most`; a column without a new value keeps the last one.
fn shares(rows: &[MetricRow], edges: &[Time], most: u64) -> Vec<Option<f32>> {
    let mut next = 0;
    let mut last: Option<u64> = None;
    let column = |edges: &[Time]| {
        let mut largest = last;
        while let Some(row) = rows.get(next).filter(|row| row.time < edges[1]) {
            largest = largest.max(Some(row.value));
            last = Some(row.value);
            next += 1;
        }
        largest.map(|value| (value as f64 / most.max(1) as f64) as f32)
    };
    edges.windows(2).map(column).collect()
}

/// Ranges with less than this between them are one mark: there is no more room than that.
fn joined(ranges: Vec<(i64, i64)>, gap_nanos: i64) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (start, end) in ranges {
        match joined.last_mut() {
            Some(last) if start - last.1 < gap_nanos => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
