//! The counters of a trace over a range of time: goroutines by state, Ps, the heap and its goal.

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::TraceModel;

use super::selection::TimeRange;
use super::series::Columns;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Goroutines by state, Ps and heap over time, in columns of equal length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountersQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The number of columns.
    pub n_columns: usize,
}

/// One value per column; all columns have equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Counters {
    /// From the start of the first to the end of the last column, in ns since the start of the trace.
    pub range: TimeRange,
    /// Mean number of running goroutines.
    pub running: Vec<f32>,
    /// Mean number of runnable ones.
    pub runnable: Vec<f32>,
    /// Mean number of blocked ones.
    pub waiting: Vec<f32>,
    /// Mean number of those in a system call, with or without a P.
    pub in_syscall: Vec<f32>,
    /// Number of Ps; none before the trace states it.
    pub procs: Vec<Option<u64>>,
    /// Largest number of bytes of heap in use.
    pub heap: Vec<Option<u64>>,
    /// The heap goal in bytes; none also where there is no limit.
    pub heap_goal: Vec<Option<u64>>,
}

impl Counters {
    /// Their values at a time, in a few lines.
    pub fn text_at(&self, part: f64) -> String {
        let n_columns = self.running.len();
        let column = ((part * n_columns as f64) as usize).min(n_columns.saturating_sub(1));
        let moment = self.range.start_nanos + (part * self.range.length() as f64) as i64;
        let mean = |series: &[f32]| format!("{:.1}", series.get(column).copied().unwrap_or(0.0));
        let known = |series: &[Option<u64>]| series.get(column).copied().flatten();
        let of_procs = known(&self.procs).map(|procs| format!(" of {procs} Ps")).unwrap_or_default();
        let mut lines = vec![
            format!("at {}", text::duration(moment)),
            format!("running {}{of_procs} · runnable {}", mean(&self.running), mean(&self.runnable)),
            format!("waiting {} · in system calls {}", mean(&self.waiting), mean(&self.in_syscall)),
        ];
        if let Some(heap) = known(&self.heap) {
            let goal = known(&self.heap_goal).map(|goal| format!(" · goal {}", text::bytes(goal)));
            lines.push(format!("heap {}{}", text::bytes(heap), goal.unwrap_or_default()));
        }
        lines.join("\n")
    }
}

/// A goal of more than this is said when the garbage collector is off: 1 PiB.
const NO_GOAL: u64 = 1 << 50;

impl Question for CountersQuery {
    type Answer = Counters;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Counters, QuestionError> {
        Ok(counters(documents.model()?, self))
    }
}

fn counters(model: &TraceModel, query: &CountersQuery) -> Counters {
    let clock = on_clock(model, query.range);
    let columns = Columns::new(&clock, query.n_columns);
    let since_start = |time: i64| time.saturating_sub(model.range().start);
    let means = |states: &[SpanState]| columns.means(model.state_sums(), states);
    let is_goal = |goal: &u64| (1..NO_GOAL).contains(goal);
    let goals = columns.largest(model.heap_goal()).into_iter();
    Counters {
        range: TimeRange { start_nanos: since_start(clock.start), end_nanos: since_start(clock.end) },
        running: means(&[SpanState::Running]),
        runnable: means(&[SpanState::Runnable]),
        waiting: means(&[SpanState::Waiting]),
        in_syscall: means(&[SpanState::Syscall, SpanState::SyscallBlocked]),
        procs: columns.largest(model.gomaxprocs()),
        heap: columns.largest(model.heap_alloc()),
        heap_goal: goals.map(|goal| goal.filter(is_goal)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_picture_says_the_counters_of_its_column() {
        let counters = Counters {
            range: TimeRange { start_nanos: 0, end_nanos: 2_000_000 },
            running: vec![1.0, 3.5],
            runnable: vec![0.0, 2.0],
            waiting: vec![7.0, 8.0],
            in_syscall: vec![0.0, 0.25],
            procs: vec![None, Some(4)],
            heap: vec![None, Some(3 << 20)],
            heap_goal: vec![None, None],
        };
        assert_eq!(
            counters.text_at(0.1),
            "at 200 µs\nrunning 1.0 · runnable 0.0\nwaiting 7.0 · in system calls 0.0"
        );
        assert_eq!(
            counters.text_at(1.0),
            "at 2.00 ms\nrunning 3.5 of 4 Ps · runnable 2.0\nwaiting 8.0 · in system calls 0.2\nheap 3.00 MB"
        );
    }
}
