//! What stands where there is nothing to show: still computing, failed, or nothing chosen.

use eframe::egui::{Align, Layout, RichText, Ui, vec2};

use crate::derived::Status;
use crate::gui::theme;
use crate::gui::widgets::progress_line::{paint_progress, progress_line_ui};

/// Why there is no answer yet. `doing` says what is being computed.
pub fn nothing_yet_ui(ui: &mut Ui, status: &Status, doing: &str) {
    match status {
        Status::Failed(reason) => failure_ui(ui, reason),
        Status::Ready | Status::Computing => {
            centered_ui(ui, 48.0, |ui| {
                ui.label(RichText::new(format!("{doing}…")).color(theme::tokens(ui).text_quiet));
                ui.add_space(theme::GAP);
                progress_line_ui(ui, 160.0, None);
            });
        }
    }
}

fn failure_ui(ui: &mut Ui, reason: &str) {
    centered_ui(ui, 48.0, |ui| {
        ui.set_max_width(520.0);
        let text = RichText::new(format!("{reason}.")).color(theme::tokens(ui).danger);
        ui.add(eframe::egui::Label::new(text).wrap());
    });
}

/// One quiet sentence in the middle.
pub fn sentence_ui(ui: &mut Ui, sentence: &str) {
    centered_ui(ui, 24.0, |ui| {
        ui.label(RichText::new(sentence).color(theme::tokens(ui).text_quiet));
    });
}

/// What one could do next, in a side panel.
pub fn hint_ui(ui: &mut Ui, hint: &str) {
    let tokens = theme::tokens(ui);
    ui.add(
        eframe::egui::Label::new(RichText::new(hint).font(theme::small()).color(tokens.text_faint)).wrap(),
    );
}

/// A quiet sign that what is shown is about to change.
pub fn computing_mark_ui(ui: &mut Ui) {
    let (rect, response) = ui.allocate_exact_size(vec2(32.0, 3.0), eframe::egui::Sense::hover());
    paint_progress(ui, rect, None);
    response.on_hover_text("Computing");
}

fn centered_ui(ui: &mut Ui, height: f32, add: impl FnOnce(&mut Ui)) {
    let space = ((ui.available_height() - height) / 2.0).max(theme::MARGIN);
    ui.add_space(space);
    ui.with_layout(Layout::top_down(Align::Center), add);
}
