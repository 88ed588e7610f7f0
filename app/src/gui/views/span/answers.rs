//! All that was found in a trace, in long form, while nothing is chosen: the band shows one of them at a time.

use eframe::egui::Ui;

use crate::gui::parts::sentence::listed_sentence_ui;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::facts::section_ui;
use crate::query::trace::answers::finding_headlines::FindingHeadlinesQuery;
use crate::query::trace::answers::headlines::HeadlinesQuery;

/// Answers that are listed.
const MAX_ANSWERS: usize = 8;

/// Shows them; their nouns are links.
pub(super) fn answers_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let tokens = theme::tokens(ui);
    let headlines = ctx.ask("headlines", &HeadlinesQuery { why: ctx.lens().trace.why() }).answer;
    let found = ctx.ask("findings", &FindingHeadlinesQuery).answer;
    let items = headlines.iter().flat_map(|headlines| &headlines.items);
    let items = items.chain(found.iter().flat_map(|found| found.iter()));
    for (item, number) in items.take(MAX_ANSWERS).zip(1..) {
        if number == 1 {
            section_ui(ui, "Where to begin");
        } else {
            ui.add_space(theme::GAP);
        }
        listed_sentence_ui(ui, ctx, (number, &item.sentence), (&theme::small(), tokens.text));
    }
}
