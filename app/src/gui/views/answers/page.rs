//! What all answers but the first have in common: where they come from, and the words over the table.

use eframe::egui::{Frame, Margin, RichText, ScrollArea, Ui};
use goscope_analysis::trace::answers::population::Population;

use super::header::header_ui;
use crate::gui::parts::placeholder::nothing_yet_ui;
use crate::gui::parts::sentence::sentence_ui;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::query::trace::answers::page::{PageQuery, Sayable, Words};

/// How much of the view the words may take.
const MOST_OF_VIEW: f32 = 0.5;

/// Asks for an answer, and shows its words and, with `table`, what they rest on. `population` says whose it is.
pub(super) fn page_ui<Q: Sayable>(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (place, query): (&'static str, Q),
    population: impl FnOnce(&Q::Answer) -> Option<Population>,
    table: impl FnOnce(&mut Ui, &Q::Answer),
) {
    let shown = ctx.ask(place, &PageQuery { of: query });
    let whose = shown.answer.as_ref().and_then(|page| population(&page.answer));
    header_ui(ui, ctx, whose.as_ref(), &shown.status);
    let Some(page) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking at the whole trace");
        return;
    };
    words_ui(ui, ctx, &page.words);
    table(ui, &page.answer);
}

fn words_ui(ui: &mut Ui, ctx: &ViewContext<'_>, words: &Words) {
    let tokens = theme::tokens(ui);
    let most = ui.available_height() * MOST_OF_VIEW;
    let area = ScrollArea::vertical().id_salt("words").max_height(most).auto_shrink([false, true]);
    area.show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(8, 2)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = theme::GRID;
            for sentence in &words.sentences {
                sentence_ui(ui, ctx, sentence, (&theme::body(), tokens.text));
            }
            for note in &words.notes {
                ui.label(RichText::new(note).font(theme::small()).color(tokens.text_quiet));
            }
        });
    });
}
