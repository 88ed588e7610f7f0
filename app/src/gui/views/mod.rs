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
pub mod top_table;
pub mod trace_problems;
pub mod trace_table;
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
        ViewId::Overview => &overview::OverviewView,
        ViewId::Lanes => &lanes::LanesView,
        ViewId::Span => &span::SpanView,
        ViewId::Breakdown => &breakdown::BreakdownView,
        ViewId::Counters => &counters::CountersView,
        ViewId::Goroutines => &trace_table::GOROUTINES,
        ViewId::Tasks => &trace_table::TASKS,
        ViewId::Regions => &trace_table::REGIONS,
        ViewId::GcCycles => &trace_table::GC_CYCLES,
        ViewId::Pauses => &trace_table::PAUSES,
        ViewId::Mmu => &utilization::UtilizationView,
        ViewId::TraceProblems => &trace_problems::TraceProblemsView,
    }
}

/// All views.
pub fn views() -> impl Iterator<Item = &'static dyn AnyView> {
    ViewId::ALL.iter().map(|&id| view(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;
    use crate::gui::layout::Layout;
    use crate::gui::workspace::Content;

    #[test]
    fn every_name_has_its_view() {
        for &id in ViewId::ALL {
            assert_eq!(view(id).id(), id);
        }
    }

    #[test]
    fn a_layout_holds_views_that_can_show_its_content_and_each_view_is_in_one() {
        let source = || Source::Sample("any".to_owned());
        let contents = [
            Content::Profile(source()),
            Content::Diff { base: source(), head: source() },
            Content::Trace(source()),
        ];
        let layouts = contents.map(|content| (Layout::of(content.kind()), content));
        for &id in ViewId::ALL {
            let places = layouts.iter().filter(|(layout, _)| layout.knows(id));
            assert!(places.clone().count() > 0, "{id:?} has no place");
            for (_, content) in places {
                assert!(view(id).applies_to(content), "{id:?} for {:?}", content.kind());
            }
        }
    }
}
