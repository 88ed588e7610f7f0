//! The registry of views. A view is one file; it becomes visible by one line here.

pub mod answers;
pub mod benchmark;
pub mod benchmarks;
pub mod breakdown;
pub mod call_graph;
pub mod changed;
pub mod counters;
pub mod coverage;
pub mod details;
pub mod diff_table;
pub mod explained;
pub mod findings;
pub mod flame_graph;
pub mod group;
pub mod groups;
pub mod heat_map;
pub mod hot_uncovered;
pub mod labels;
pub mod lanes;
pub mod locks;
pub mod overview;
pub mod services;
pub mod source;
pub mod span;
pub mod test;
pub mod tests;
pub mod time_line;
pub mod top_functions;
pub mod top_table;
pub mod trace_problems;
pub mod trace_table;
pub mod uncovered;
pub mod utilization;

use super::view::AnyView;
use super::view_id::ViewId;

/// The view of a name; where it stands is said by `layout`.
pub fn view(id: ViewId) -> &'static dyn AnyView {
    match id {
        ViewId::FlameGraph => &flame_graph::FlameGraph,
        ViewId::Functions => &top_table::TopTableView,
        ViewId::Changes => &diff_table::DiffTableView,
        ViewId::Details => &details::Details,
        ViewId::Source => &source::SourceView,
        ViewId::CallGraph => &call_graph::CallGraphView,
        ViewId::Labels => &labels::LabelsView,
        ViewId::Overview => &overview::OverviewView,
        ViewId::Lanes => &lanes::LanesView,
        ViewId::Span => &span::SpanView,
        ViewId::Answers => &answers::AnswersView,
        ViewId::Breakdown => &breakdown::BreakdownView,
        ViewId::Counters => &counters::CountersView,
        ViewId::HeatMap => &heat_map::HeatMapView,
        ViewId::Goroutines => &trace_table::GOROUTINES,
        ViewId::Tasks => &trace_table::TASKS,
        ViewId::Regions => &trace_table::REGIONS,
        ViewId::GcCycles => &trace_table::GC_CYCLES,
        ViewId::Pauses => &trace_table::PAUSES,
        ViewId::Mmu => &utilization::UtilizationView,
        ViewId::TraceProblems => &trace_problems::TraceProblemsView,
        ViewId::Tests => &tests::TestsView,
        ViewId::Test => &test::TestView,
        ViewId::Coverage => &coverage::CoverageView,
        ViewId::Uncovered => &uncovered::UncoveredView,
        ViewId::Changed => &changed::ChangedView,
        ViewId::HotUncovered => &hot_uncovered::HotUncoveredView,
        ViewId::Benchmarks => &benchmarks::BenchmarksView,
        ViewId::Explained => &explained::ExplainedView,
        ViewId::Benchmark => &benchmark::BenchmarkView,
        ViewId::Groups => &groups::GroupsView,
        ViewId::Group => &group::GroupView,
        ViewId::Findings => &findings::FindingsView,
        ViewId::Locks => &locks::LocksView,
        ViewId::Services => &services::ServicesView,
        ViewId::TimeLine => &time_line::TimeLineView,
        ViewId::TopFunctions => &top_functions::TopFunctionsView,
    }
}

/// All views.
pub fn views() -> impl Iterator<Item = &'static dyn AnyView> {
    ViewId::ALL.iter().map(|&id| view(id))
}

#[cfg(test)]
mod registry {
    use super::*;
    use crate::gui::layout::Layout;
    use crate::gui::workspace::ContentKind;

    #[test]
    fn every_name_has_its_view() {
        for &id in ViewId::ALL {
            assert_eq!(view(id).id(), id);
        }
    }

    #[test]
    fn a_layout_has_a_place_for_what_its_tabs_can_show_and_for_nothing_else() {
        // What is found in profiles comes to a trace from the list of commands.
        let from_the_list = [ViewId::Source, ViewId::CallGraph];
        for kind in [
            ContentKind::Profile,
            ContentKind::Diff,
            ContentKind::Trace,
            ContentKind::Tests,
            ContentKind::Coverage,
            ContentKind::Benchmarks,
            ContentKind::Dumps,
            ContentKind::Store,
        ] {
            let layout = Layout::of(kind);
            for &id in ViewId::ALL {
                let is_listed = kind == ContentKind::Trace && from_the_list.contains(&id);
                assert_eq!(layout.knows(id), id.shows(kind) && !is_listed, "{id:?} for {kind:?}");
            }
        }
    }
}
