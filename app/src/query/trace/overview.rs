//! A whole trace at a glance: how many goroutines ran and waited to run, the heap, GC cycles and stopped worlds.

use std::sync::Arc;

use goscope_parsers::trace::Time;

use super::counters::{Counters, CountersQuery};
use crate::document::TraceDocument;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A whole trace at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OverviewQuery {
    /// In so many columns.
    pub n_columns: usize,
}

impl Question for OverviewQuery {
    type Answer = Overview;
    type Input = CountersQuery;

    fn input(&self) -> CountersQuery {
        CountersQuery { range: None, n_columns: self.n_columns }
    }

    fn answer(&self, documents: Documents<'_>, counters: Arc<Counters>) -> Result<Overview, QuestionError> {
        Ok(overview(documents.trace()?, counters, self.n_columns))
    }
}

/// The counters of the whole trace, and ranges in ns since it began.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// One value per column.
    pub counters: Arc<Counters>,
    /// The largest number of goroutines that run or are runnable, and of Ps, in a column.
    pub most: f32,
    /// The largest heap or goal, in bytes.
    pub heap_most: u64,
    /// GC mark phases.
    pub gc: Vec<(i64, i64)>,
    /// Stop-the-world (STW) pauses.
    pub stopped: Vec<(i64, i64)>,
    /// Length of the trace.
    pub trace_nanos: i64,
}

fn overview(trace: &TraceDocument, counters: Arc<Counters>, n_columns: usize) -> Overview {
    let range = trace.model.range();
    let since_start = |time: Time| time.saturating_sub(range.start);
    let marks = trace.gc.cycles.iter().map(|cycle| cycle.mark_span(&range));
    let marks = marks.map(|span| (since_start(span.start), since_start(span.end))).collect();
    let pauses =
        trace.pauses.iter().map(|pause| (since_start(pause.begin), since_start(pause.end))).collect();
    let trace_nanos = since_start(range.end).max(1);
    let half_column = trace_nanos / n_columns.max(1) as i64 / 2;
    let goroutines = counters.running.iter().zip(&counters.runnable);
    let procs = counters.procs.iter().flatten().map(|&procs| procs as f32);
    let most = goroutines.map(|(running, runnable)| running + runnable).chain(procs).fold(1.0, f32::max);
    let heap_most = counters.heap.iter().chain(&counters.heap_goal).flatten().copied().max().unwrap_or(0);
    Overview {
        most,
        heap_most,
        gc: joined(marks, half_column),
        stopped: joined(pauses, half_column),
        trace_nanos,
        counters,
    }
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
