//! Where what is chosen is: its span, and its lane among lanes of a kind.

use goscope_analysis::trace::model::{Span, TraceModel};

use super::flows::lane_of_span;
use super::input::LayoutInput;
use crate::document::DocumentId;
use crate::gui::selection::Item;
use crate::query::trace::selection::LaneKind;
use goscope_analysis::trace::questions::lane_groups::Lane;

/// The span that is chosen.
pub(crate) fn selected_span(model: &TraceModel, selection: Option<&Item>) -> Option<Span> {
    let &Item::Span(goid, start) = selection? else { return None };
    let id = model.goroutine_by_number(goid)?;
    model.span_at(id, model.range().start.saturating_add(start))
}

/// The lane of what is chosen.
pub(super) fn chosen_lane(input: &LayoutInput<'_>) -> Option<Lane> {
    let model = input.model();
    match (input.kind, input.selection?) {
        (LaneKind::Goroutines, item) => model.goroutine_by_number(item.goroutine()?).map(Lane::Goroutine),
        (LaneKind::Tasks, Item::Task(number)) => model.task_by_number(*number).map(Lane::Task),
        (kind, _) => selected_span(model, input.selection)
            .and_then(|span| lane_of_span(model, kind, &span, span.start)),
    }
}

/// The lane of what is chosen, looked for once.
#[derive(Debug, Default)]
pub(super) struct KeptLane(Option<((DocumentId, Item, LaneKind), Option<Lane>)>);

impl KeptLane {
    pub(super) fn of(&mut self, input: &LayoutInput<'_>) -> Option<Lane> {
        let selection = input.selection.filter(|item| item.frame().is_none())?;
        let of = (input.document, selection.clone(), input.kind);
        match &self.0 {
            Some((known, lane)) if *known == of => *lane,
            _ => {
                let lane = chosen_lane(input);
                self.0 = Some((of, lane));
                lane
            }
        }
    }
}
