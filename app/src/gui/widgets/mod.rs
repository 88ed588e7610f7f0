//! Building blocks that know egui and plain data only: no profiles, no commands, no workspace.

pub mod band;
pub mod chip;
pub mod clock_axis;
pub mod facts;
pub mod flame_canvas;
pub mod graph_camera;
pub mod graph_canvas;
pub mod heat_canvas;
pub mod icon;
pub mod lane_arrows;
pub mod lane_canvas;
pub mod lane_shapes;
pub mod length_histogram;
pub mod meter;
pub mod number_grid;
pub mod overview_strip;
pub mod path_ribbon;
pub mod picker;
pub mod progress_line;
pub mod run_marks;
pub mod search_box;
pub mod segmented;
pub mod stacked_bars;
pub mod still_plot;
pub mod table_export;
pub mod time_axis;
pub mod value_table;

use eframe::egui::{Align, FontId, Layout, Rect, Response, Sense, TextEdit, Ui, UiBuilder, vec2};

use crate::gui::theme;

/// Draws into a rectangle that has been allocated already, so that what comes next is placed after the rectangle
/// and not after what is in it.
pub fn inside<R>(ui: &mut Ui, place: UiBuilder, add: impl FnOnce(&mut Ui) -> R) -> R {
    add(&mut ui.new_child(place))
}

/// A field on a dialog or popup: with an edge, because where the theme is light both are white.
pub fn edged_field_ui(ui: &mut Ui, edit: TextEdit<'_>) -> Response {
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke.color = theme::tokens(ui).outline;
        ui.add(edit)
    })
    .inner
}

/// The bar over a view: its name and switches from the left, the rest from the right, which comes first where there
/// is not room for both.
pub fn view_bar_ui(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), theme::TOOL_BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    bar_inside_ui(ui, rect.shrink2(vec2(theme::GAP, 0.0)), left, right);
}

/// What a bar holds, from the left and from the right, in a place that has been allocated already.
pub fn bar_inside_ui(ui: &mut Ui, rect: Rect, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let taken = inside(ui, builder, |ui| {
        right(ui);
        ui.min_rect().left()
    });
    let rest = rect.with_max_x((taken - theme::GAP).max(rect.left()));
    inside(ui, UiBuilder::new().max_rect(rest).layout(Layout::left_to_right(Align::Center)), |ui| {
        ui.shrink_clip_rect(rest);
        left(ui);
    });
}

/// The first of some texts that fits into a width, from the longest to the shortest; the last if none does.
pub fn first_that_fits<const N: usize>(ui: &Ui, texts: [String; N], font: &FontId, width: f32) -> String {
    let color = theme::tokens(ui).text;
    let fits =
        |text: &String| ui.painter().layout_no_wrap(text.clone(), font.clone(), color).size().x <= width;
    let at = texts.iter().position(fits).unwrap_or(N.saturating_sub(1));
    texts.into_iter().nth(at).unwrap_or_default()
}

/// Two parts one below the other: the upper one as high as it wants, but no more than half.
pub fn upper_and_lower_ui(
    ui: &mut Ui,
    wanted: f32,
    upper: impl FnOnce(&mut Ui),
    lower: impl FnOnce(&mut Ui),
) {
    let rect = ui.available_rect_before_wrap();
    let (above, below) = rect.split_top_bottom_at_y(rect.top() + wanted.min(rect.height() / 2.0));
    inside(ui, UiBuilder::new().max_rect(above), upper);
    inside(ui, UiBuilder::new().max_rect(below), lower);
}
