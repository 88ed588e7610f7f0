//! The answer over what `go test` writes: the last line of `goscope test` and what failed first; what part of the statements is
//! covered, and the largest function that is not. Over goroutine dumps: the first finding of `goscope goroutines`.

use eframe::egui::{Align, Button, Label, Layout, RichText, Sense, Ui, vec2};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::sentence::sentence_ui;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::band::{band_sentence_ui, band_ui};
use crate::gui::widgets::bar_inside_ui;
use crate::gui::workspace::ContentKind;
use crate::query::goroutines::told::{Gravity, Told, ToldQuery};
use crate::query::testing::bench_verdict::BenchSummaryQuery;
use crate::query::testing::test_answer::{TestAnswer, TestAnswerQuery};

/// Shows the band, if the tab is about tests.
pub fn results_band_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    match ctx.tab.content.kind() {
        ContentKind::Tests => tests_ui(ui, ctx),
        ContentKind::Coverage => coverage_ui(ui, ctx),
        // Two sides have a verdict.
        ContentKind::Benchmarks if ctx.benchmarks_query().is_none() => benchmarks_ui(ui, ctx),
        ContentKind::Dumps => dumps_ui(ui, ctx),
        ContentKind::Profile
        | ContentKind::Diff
        | ContentKind::Trace
        | ContentKind::Benchmarks
        | ContentKind::Store => {}
    }
}

fn coverage_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.ask("coverage", &ctx.lens().testing.coverage());
    let tokens = theme::tokens(ui);
    band_ui(ui, "results", (tokens.raised, tokens.accent), |ui| {
        match (&shown.status, shown.answer.as_deref()) {
            (Status::Failed(reason), _) => band_sentence_ui(ui, &format!("No answer: {reason}."), |_| ()),
            (_, Some(facts)) => {
                band_sentence_ui(ui, &format!("{}.", facts.sentence), |ui| {
                    copy_ui(ui, ctx);
                    if let Some((name, place)) = &facts.largest {
                        let button = ui.add(Button::new("Show it").frame_when_inactive(false));
                        if button.on_hover_text(format!("Shows {name} in its source")).clicked() {
                            ctx.send(Command::ShowPlace(place.clone()));
                        }
                    }
                });
                if let Some(missing) = &facts.missing {
                    let text = RichText::new(missing).font(theme::small()).color(tokens.text_quiet);
                    ui.horizontal(|ui| {
                        ui.add_space(theme::GAP);
                        ui.add(Label::new(text).truncate()).on_hover_text(missing);
                    });
                }
            }
            (_, None) => band_sentence_ui(ui, "Reading the source…", |_| ()),
        }
    });
}

fn benchmarks_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.ask("benchmarks", &BenchSummaryQuery);
    let tokens = theme::tokens(ui);
    let has_problems = shown.answer.as_ref().is_some_and(|side| !side.problems.is_empty());
    let mark = if has_problems { tokens.increase } else { tokens.accent };
    band_ui(ui, "results", (tokens.raised, mark), |ui| match (&shown.status, shown.answer.as_deref()) {
        (Status::Failed(reason), _) => band_sentence_ui(ui, &format!("No answer: {reason}."), |_| ()),
        (_, Some(side)) => band_sentence_ui(ui, &format!("{}.", side.sentence), |_| ()),
        (_, None) => band_sentence_ui(ui, "Summing up…", |_| ()),
    });
}

fn dumps_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.ask("told", &ToldQuery { of: ctx.dumps_query() });
    let tokens = theme::tokens(ui);
    let gravity = shown.answer.as_ref().map(|told| told.gravity);
    let (ground, mark) = match gravity {
        Some(Gravity::Bad) => (tokens.danger_soft, tokens.increase),
        Some(Gravity::Look) => (tokens.raised, tokens.found),
        Some(Gravity::Quiet) => (tokens.raised, tokens.decrease),
        None => (tokens.raised, tokens.outline),
    };
    band_ui(ui, "results", (ground, mark), |ui| match (&shown.status, shown.answer.as_deref()) {
        (Status::Failed(reason), _) => band_sentence_ui(ui, &format!("No answer: {reason}."), |_| ()),
        (_, Some(told)) => told_ui(ui, ctx, told),
        (_, None) => band_sentence_ui(ui, "Looking at the goroutines…", |_| ()),
    });
}

/// The first finding over as many lines as it needs, and in a line below what was read and how much more was found.
fn told_ui(ui: &mut Ui, ctx: &ViewContext<'_>, told: &Told) {
    let tokens = theme::tokens(ui);
    sentence_ui(ui, ctx, &told.first, (&theme::body(), tokens.text));
    let n_more = told.findings.len().saturating_sub(1);
    let left = |ui: &mut Ui| {
        let about = RichText::new(&told.about).font(theme::small()).color(tokens.text_quiet);
        ui.add(Label::new(about).truncate()).on_hover_text(&told.about);
    };
    let right = |ui: &mut Ui| {
        copy_ui(ui, ctx);
        if n_more > 0 {
            let text = RichText::new(format!("{n_more} more")).color(tokens.text_quiet);
            let more = ui.add(Button::new(text).frame_when_inactive(false));
            if more.on_hover_text("Shows all that stands out").clicked() {
                ctx.send(Command::ShowView(ViewId::Findings));
            }
        }
    };
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    bar_inside_ui(ui, rect, left, right);
}

fn tests_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.ask("results", &TestAnswerQuery);
    let tokens = theme::tokens(ui);
    let is_bad = shown.answer.as_ref().map(|answer| answer.is_bad);
    let mark = match is_bad {
        Some(true) => tokens.increase,
        Some(false) => tokens.decrease,
        None => tokens.outline,
    };
    let ground = if is_bad == Some(true) { tokens.danger_soft } else { tokens.raised };
    band_ui(ui, "results", (ground, mark), |ui| match (&shown.status, shown.answer.as_deref()) {
        (Status::Failed(reason), _) => band_sentence_ui(ui, &format!("No answer: {reason}."), |_| ()),
        (_, Some(answer)) => answer_ui(ui, ctx, answer),
        (_, None) => band_sentence_ui(ui, "Counting…", |_| ()),
    });
}

fn answer_ui(ui: &mut Ui, ctx: &ViewContext<'_>, answer: &TestAnswer) {
    band_sentence_ui(ui, &answer.sentence, |ui| copy_ui(ui, ctx));
    let Some((key, says)) = &answer.first else { return };
    let name = if key.test.is_empty() { &key.package } else { &key.test };
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        ui.add_space(theme::GAP);
        let link = ui.link(RichText::new(goscope_parsers::printable_cut(name, 60)).font(theme::mono()));
        if link.on_hover_text(format!("Select {name}")).clicked() {
            ctx.send(Command::Select(Item::Test(key.package.clone(), key.test.clone())));
            ctx.send(Command::ShowView(ViewId::Test));
        }
        let says = RichText::new(says).font(theme::mono_small()).color(theme::tokens(ui).text_quiet);
        ui.add(Label::new(says).truncate());
    });
}

fn copy_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let text = RichText::new("Copy as command").color(theme::tokens(ui).text_quiet);
    let copy = ui.add(Button::new(text).frame_when_inactive(false));
    if copy.on_hover_text("Copies the command that opens the window as it is now").clicked() {
        ctx.send(Command::CopyCommandLine);
    }
}
