//! Counters: heap and its goal, and how many goroutines run or could.

use std::io;

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::words::cause::SpanState;
use goscope_parsers::interop::CounterUnit;
use goscope_parsers::trace::Time;

use super::tracks::{Export, PROCESS, TrackOf};

/// Writes all counters that the trace has something of.
pub(super) fn put(export: &mut Export<'_, '_>) -> io::Result<()> {
    let model = export.model;
    let metrics = [
        ("heap", CounterUnit::Bytes, model.heap_alloc()),
        ("heap goal", CounterUnit::Bytes, model.heap_goal()),
        ("GOMAXPROCS", CounterUnit::Count, model.gomaxprocs()),
    ];
    for (rank, (name, unit, rows)) in (0..).zip(metrics) {
        let values = rows.iter().map(|row| (row.time, i64::try_from(row.value).unwrap_or(i64::MAX)));
        put_counter(export, rank, (name, unit), values)?;
    }
    for (rank, (name, state)) in
        (3..).zip([("running", SpanState::Running), ("runnable", SpanState::Runnable)])
    {
        let values = counts(model, state);
        put_counter(export, rank, (name, CounterUnit::Count), values.into_iter())?;
    }
    Ok(())
}

fn put_counter(
    export: &mut Export<'_, '_>,
    rank: u32,
    what: (&str, CounterUnit),
    values: impl Iterator<Item = (Time, i64)>,
) -> io::Result<()> {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let track = TrackOf::Counter.number(rank);
    export.writer.counter(track, PROCESS, what, rank.into())?;
    for (time, value) in values {
        let nanos = export.nanos(time);
        export.writer.count(track, nanos, value)?;
    }
    Ok(())
}

/// How many goroutines are in a state, whenever that changes.
fn counts(model: &TraceModel, state: SpanState) -> Vec<(Time, i64)> {
    let spans = model.goroutine_ids().flat_map(|goroutine| model.spans(goroutine));
    let mut changes: Vec<(Time, i64)> = spans
        .filter(|span| span.state == state && span.start < span.end)
        .flat_map(|span| [(span.start, 1), (span.end, -1)])
        .collect();
    changes.sort_unstable();
    let mut counts: Vec<(Time, i64)> = Vec::new();
    let mut count = 0;
    for (time, change) in changes {
        count += change;
        match counts.last_mut() {
            Some(last) if last.0 == time => last.1 = count,
            _ => counts.push((time, count)),
        }
    }
    counts
}
