//! The registry of views. A view is one file; it becomes visible by one line here.

pub mod breakdown;
pub mod call_graph;
pub mod counters;
pub mod details;
pub mod diff_table;
pub mod flame_graph;
pub mod lanes;
pub mod overview;
pub mod source;
pub mod span;
mod task;
pub mod top_table;
pub mod trace_problems;
pub mod trace_table;
pub mod utilization;

use super::view::View;

/// All views; where they stand is said by `layout`.
pub const VIEWS: &[&dyn View] = &[
    &flame_graph::FlameGraph,
    &top_table::TopTableView,
    &diff_table::DiffTableView,
    &details::Details,
    &source::SourceView,
    &call_graph::CallGraphView,
    &overview::OverviewView,
    &lanes::LanesView,
    &span::SpanView,
    &breakdown::BreakdownView,
    &counters::CountersView,
    &trace_table::GOROUTINES,
    &trace_table::TASKS,
    &trace_table::REGIONS,
    &trace_table::GC_CYCLES,
    &trace_table::PAUSES,
    &utilization::UtilizationView,
    &trace_problems::TraceProblemsView,
];

/// The view with this title.
pub fn view_titled(title: &str) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.title() == title)
}
