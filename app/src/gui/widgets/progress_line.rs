//! How far something is: a thin bar, and while nobody can say how far, a bar that wanders.

use eframe::egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme;

/// Shows a bar over `width`; `fraction` is 0..1, or `None` if it is not known.
pub fn progress_line_ui(ui: &mut Ui, width: f32, fraction: Option<f32>) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme::GRID), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress"));
    paint_progress(ui, rect, fraction);
}

/// Paints the bar into `rect`.
pub fn paint_progress(ui: &Ui, rect: Rect, fraction: Option<f32>) {
    let tokens = theme::tokens(ui);
    let rounding = rect.height() / 2.0;
    ui.painter().rect_filled(rect, rounding, tokens.line);
    let (from, to) = match fraction {
        Some(fraction) => (0.0, fraction.clamp(0.02, 1.0)),
        None => wandering_part(ui.input(|input| input.time)),
    };
    let x = |part: f32| rect.left() + rect.width() * part;
    let done = Rect::from_min_max(pos2(x(from), rect.top()), pos2(x(to), rect.bottom()));
    ui.painter().rect_filled(done, rounding, tokens.accent);
    ui.ctx().request_repaint_after_secs(0.05);
}

fn wandering_part(time_seconds: f64) -> (f32, f32) {
    #[expect(clippy::cast_possible_truncation, reason = "a phase between 0 and 1 needs no precision")]
    let phase = (time_seconds * 0.7).fract() as f32;
    let from = (phase * 1.3 - 0.3).clamp(0.0, 1.0);
    let to = (phase * 1.3).clamp(0.0, 1.0);
    (from, to)
}
