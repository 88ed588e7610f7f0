//! The times that were drawn on a time line, and the one that is being drawn.

use eframe::egui::{Align2, CursorIcon, PointerButton, Rect, Response, Ui, pos2};

use crate::gui::parts::store::{NAMES, side_colors};
use crate::gui::theme;
use crate::gui::widgets::time_axis::TimeScale;
use crate::query::trace::selection::TimeRange;

/// Draws the times of both sides over a plot; the names only where they are wanted.
pub(super) fn paint_sides(
    ui: &Ui,
    rect: Rect,
    scale: &TimeScale,
    ranges: [Option<TimeRange>; 2],
    names: bool,
) {
    for ((range, name), color) in ranges.into_iter().zip(NAMES).zip(side_colors(ui)) {
        let Some(range) = range else { continue };
        let band = band(rect, scale, range);
        if band.width() <= 0.0 {
            continue;
        }
        ui.painter().rect_filled(band, 0.0, color.gamma_multiply(0.16));
        for x in [band.left(), band.right()] {
            ui.painter().vline(x, band.y_range(), (1.0, color.gamma_multiply(0.8)));
        }
        if names {
            let at = pos2(band.left() + theme::GRID, band.top() + 2.0);
            ui.painter().text(at, Align2::LEFT_TOP, name, theme::mono(), color);
        }
    }
}

fn band(rect: Rect, scale: &TimeScale, range: TimeRange) -> Rect {
    let x = scale.x(range.start_nanos)..=scale.x(range.end_nanos);
    Rect::from_x_y_ranges(x, rect.y_range()).intersect(rect)
}

/// What was drawn, once the pointer lets go: whole pieces of time. While it is being drawn, it is shown.
pub(super) fn drawn_time(
    ui: &Ui,
    response: &Response,
    scale: &TimeScale,
    (step_nanos, whole): (i64, TimeRange),
) -> Option<TimeRange> {
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    let id = response.id.with("drag");
    if response.drag_started_by(PointerButton::Primary) {
        let origin = ui.input(|input| input.pointer.press_origin())?;
        ui.data_mut(|data| data.insert_temp(id, scale.nanos(origin.x)));
    }
    let from: i64 = ui.data(|data| data.get_temp(id))?;
    let now = scale.nanos(response.interact_pointer_pos()?.x);
    let range = whole_pieces(from.min(now), from.max(now), step_nanos, whole);
    if response.drag_stopped_by(PointerButton::Primary) {
        ui.data_mut(|data| data.remove::<i64>(id));
        return Some(range);
    }
    ui.painter().rect_filled(
        band(response.rect, scale, range),
        0.0,
        theme::tokens(ui).accent.gamma_multiply(0.2),
    );
    None
}

/// The pieces that a stretch touches, inside of all that there is.
fn whole_pieces(from: i64, to: i64, step_nanos: i64, whole: TimeRange) -> TimeRange {
    let step = step_nanos.max(1);
    let last = whole.end_nanos.saturating_sub(step).max(whole.start_nanos);
    let start = from.clamp(whole.start_nanos, last).div_euclid(step).saturating_mul(step);
    let end = to.clamp(whole.start_nanos, whole.end_nanos);
    let end = (end.div_euclid(step) + i64::from(end.rem_euclid(step) != 0)).saturating_mul(step);
    TimeRange { start_nanos: start, end_nanos: end.max(start.saturating_add(step)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_are_whole_pieces() {
        let whole = TimeRange { start_nanos: 100, end_nanos: 200 };
        let drawn = |from, to| {
            let range = whole_pieces(from, to, 10, whole);
            (range.start_nanos, range.end_nanos)
        };
        assert_eq!(drawn(113, 127), (110, 130));
        assert_eq!(drawn(113, 113), (110, 120));
        assert_eq!(drawn(-5, 990), (100, 200));
        assert_eq!(drawn(500, 990), (190, 200));
    }
}
