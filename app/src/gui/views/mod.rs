//! The registry of views. A view is one file; it becomes visible by one line here.

pub mod details;
pub mod diff_table;
pub mod flame_graph;
pub mod top_table;

use super::view::View;

/// All views; where they stand is said by `layout`.
pub const VIEWS: &[&dyn View] =
    &[&flame_graph::FlameGraph, &top_table::TopTableView, &diff_table::DiffTableView, &details::Details];

/// The view with this title.
pub fn view_titled(title: &str) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.title() == title)
}
