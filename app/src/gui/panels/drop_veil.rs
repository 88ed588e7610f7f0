//! What is said while a file is held over the window.

use eframe::egui::{Align2, Context, FontId, Id, LayerId, Order, Stroke, StrokeKind};

use crate::gui::theme;

/// Says, while a file is held over the window, that it may be dropped.
pub fn drop_veil_ui(ctx: &Context) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let layer = LayerId::new(Order::Foreground, Id::unique("drop veil"));
    let painter = ctx.layer_painter(layer);
    let visuals = &ctx.global_style().visuals;
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, theme::veil(visuals));
    let inside = rect.shrink(theme::MARGIN);
    let stroke = Stroke::new(2.0, visuals.selection.stroke.color);
    painter.rect_stroke(inside, theme::RADIUS_LARGE, stroke, StrokeKind::Inside);
    let font = FontId::proportional(theme::TEXT_DISPLAY);
    painter.text(rect.center(), Align2::CENTER_CENTER, "Drop to open", font, theme::on_veil());
}
