//! A line under a number: how large a part it is.

use eframe::egui::{Rect, Ui, pos2};

use crate::gui::theme;

const HEIGHT: f32 = 3.0;

/// Paints a part, in 0..=1, of the lower edge of a number's place, from its right end. It never crosses the digits; what
/// is little is seen, nothing is not.
pub fn paint_meter(ui: &Ui, place: Rect, part: f32) {
    if part <= 0.0 {
        return;
    }
    let left = place.right() - (place.width() * part.clamp(0.0, 1.0)).max(1.0);
    let line = Rect::from_min_max(pos2(left, place.bottom() - HEIGHT), place.max);
    ui.painter().rect_filled(line, 1.0, theme::tokens(ui).accent.gamma_multiply(0.5));
}
