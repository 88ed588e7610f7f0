//! Building blocks that know egui and plain data only: no profiles, no commands, no workspace.

pub mod chip;
pub mod flame_canvas;
pub mod graph_canvas;
pub mod icon;
pub mod lane_canvas;
pub mod length_histogram;
pub mod number_grid;
pub mod overview_strip;
pub mod picker;
pub mod progress_line;
pub mod search_box;
pub mod segmented;
pub mod time_axis;
pub mod value_table;

use eframe::egui::{Ui, UiBuilder};

/// Draws into a rectangle that has been allocated already, so that what comes next is placed after the rectangle
/// and not after what is in it.
pub fn inside<R>(ui: &mut Ui, place: UiBuilder, add: impl FnOnce(&mut Ui) -> R) -> R {
    add(&mut ui.new_child(place))
}
