//! The registry of views. A view is one file; it becomes visible by one line here.

pub mod details;
pub mod diff_table;
pub mod flame_graph;
pub mod top_table;

use super::view::{Place, View};
use super::workspace::Content;

/// All views; of those for one place the first that applies is shown.
pub const VIEWS: &[&dyn View] =
    &[&flame_graph::FlameGraph, &top_table::TopTableView, &diff_table::DiffTableView, &details::Details];

/// The view that a tab has at a place.
pub fn view_at(place: Place, content: &Content) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.place() == place && view.applies_to(content))
}
