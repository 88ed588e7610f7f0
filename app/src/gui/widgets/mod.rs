//! Building blocks that know egui and plain data only: no profiles, no commands, no workspace.

pub mod chip;
pub mod facts;
pub mod flame_canvas;
pub mod graph_canvas;
pub mod icon;
pub mod lane_arrows;
pub mod lane_canvas;
pub mod lane_shapes;
pub mod length_histogram;
pub mod number_grid;
pub mod overview_strip;
pub mod path_ribbon;
pub mod picker;
pub mod progress_line;
pub mod search_box;
pub mod segmented;
pub mod time_axis;
pub mod value_table;

use eframe::egui::{Align, Layout, Sense, Ui, UiBuilder, vec2};

use crate::gui::theme;

/// Draws into a rectangle that has been allocated already, so that what comes next is placed after the rectangle
/// and not after what is in it.
pub fn inside<R>(ui: &mut Ui, place: UiBuilder, add: impl FnOnce(&mut Ui) -> R) -> R {
    add(&mut ui.new_child(place))
}

/// The bar over a view: its name and switches from the left, the rest from the right.
pub fn view_bar_ui(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), theme::TOOL_BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let inner = UiBuilder::new().max_rect(rect.shrink2(vec2(theme::GAP, 0.0)));
    inside(ui, inner.clone().layout(Layout::left_to_right(Align::Center)), left);
    inside(ui, inner.layout(Layout::right_to_left(Align::Center)), right);
}
