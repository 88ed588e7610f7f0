//! Facts one under the other, as side panels show them: a name on the left, its value on the right, in sections.

use eframe::egui::{Align, Label, Layout, RichText, Ui};

use crate::gui::theme;

/// The title of the facts that come next.
pub fn section_ui(ui: &mut Ui, title: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
}

/// One fact.
pub fn fact_ui(ui: &mut Ui, name: &str, value: &str) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(tokens.text_quiet));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = RichText::new(value).font(theme::mono()).color(tokens.text);
            ui.add(Label::new(text).truncate()).on_hover_text(value);
        });
    });
}
