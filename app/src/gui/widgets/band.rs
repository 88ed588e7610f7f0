//! A band at the top of a tab: a sentence with buttons at its right, and a mark at the left edge that says how it is.

use eframe::egui::{Color32, Frame, Label, Margin, Panel, RichText, Role, Ui, WidgetInfo};

use super::view_bar_ui;
use crate::gui::theme;

/// Width of the mark at the left edge, in points.
const MARK_WIDTH: f32 = 4.0;

/// A band with a mark at its left edge, in the colors of ground and mark.
pub fn band_ui(ui: &mut Ui, id: &'static str, (ground, mark): (Color32, Color32), add: impl FnOnce(&mut Ui)) {
    let frame = Frame::new().fill(ground).inner_margin(Margin::symmetric(12, 4));
    let panel = Panel::top(id).resizable(false).frame(frame).show(ui, add);
    let mut rect = panel.response.rect;
    rect.max.x = rect.min.x + MARK_WIDTH;
    ui.painter().rect_filled(rect, 0.0, mark);
}

/// The sentence, and buttons at its right.
pub fn band_sentence_ui(ui: &mut Ui, sentence: &str, buttons: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        let text = RichText::new(sentence).font(theme::body()).strong().color(tokens.text);
        let response = ui.add(Label::new(text).truncate());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, sentence));
        response.on_hover_text(sentence);
    };
    ui.scope(|ui| view_bar_ui(ui, left, buttons));
}
