//! The bar over an answer: the switch between answers, whose time it is about, and the command that says the same.

use eframe::egui::{Button, Label, RichText, Ui};
use goscope_analysis::trace::answers::population::Population;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::computing_mark_ui;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::answers::kind::AnswerKind;

/// Shows it.
pub(super) fn header_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    population: Option<&Population>,
    status: &Status,
) {
    let kind = ctx.lens().trace.answer;
    let left = |ui: &mut Ui| {
        let names = AnswerKind::ALL.map(|kind| kind.text().to_owned());
        let shown = AnswerKind::ALL.iter().position(|other| *other == kind).unwrap_or_default();
        if let Some(index) = choice_ui(ui, "Answer", &names, shown) {
            ctx.send(Command::ChooseAnswer(AnswerKind::ALL[index]));
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
        if let Some(population) = population {
            let text = RichText::new(population.text()).color(theme::tokens(ui).text_quiet);
            ui.add(Label::new(text).truncate());
        }
    };
    let right = |ui: &mut Ui| {
        // Without instances there is nothing that the command could print.
        let has_answer = population.is_some() || matches!(kind, AnswerKind::Scheduler | AnswerKind::GcBill);
        let Some(document) = ctx.documents.first().ok().filter(|_| has_answer) else { return };
        let command = kind.command(&document.source, population);
        if ui.add(Button::new("Copy as command")).on_hover_text(&command).clicked() {
            ctx.send(Command::CopyText(command));
        }
    };
    view_bar_ui(ui, left, right);
}
