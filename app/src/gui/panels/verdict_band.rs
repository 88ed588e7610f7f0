//! The verdict over a comparison: the first line of `goscope diff`, the function it names as a link, the rest on hover.

use eframe::egui::{Color32, Frame, Margin, Panel, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::verdict::{Note, Outcome, Verdict};
use goscope_parsers::printable;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme::{self, Tokens};
use crate::gui::view::ViewContext;
use crate::query::judged::Judged;
use crate::query::testing::bench_rows::unit_of;
use crate::report::evidence::{Sentence, evidence, line, notes, sides};
use crate::text::column::counted;

/// Width of the hover, in points.
const HOVER_WIDTH: f32 = 560.0;
/// Width of the mark at the left edge, in points.
const MARK_WIDTH: f32 = 4.0;
/// Between the line and what is said beside it.
const BETWEEN: &str = "  ·  ";

/// Shows the band, if two sides are compared; it grows with what it has to say.
pub fn verdict_band_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(shown) = ctx.judged() else { return };
    let tokens = theme::tokens(ui);
    let outcome = shown.answer.as_ref().map(|judged| &judged.verdict.outcome);
    let ground =
        if matches!(outcome, Some(Outcome::Regression)) { tokens.danger_soft } else { tokens.raised };
    let frame = Frame::new().fill(ground).inner_margin(Margin::symmetric(12, 8));
    let panel = Panel::top("verdict").resizable(false).min_size(theme::TOP_BAR_HEIGHT).frame(frame);
    let panel = panel.show(ui, |ui| match (&shown.status, &shown.answer) {
        (Status::Failed(reason), _) => quiet_ui(ui, &format!("No verdict: {reason}.")),
        (_, Some(judged)) => judged_ui(ui, ctx, judged),
        (_, None) => quiet_ui(ui, "Judging the comparison…"),
    });
    let mut mark = panel.response.rect;
    mark.max.x = mark.min.x + MARK_WIDTH;
    ui.painter().rect_filled(mark, 0.0, mark_color(outcome, tokens));
}

fn judged_ui(ui: &mut Ui, ctx: &ViewContext<'_>, judged: &Judged) {
    let sentence = line(&judged.verdict);
    let whole = ui.scope_builder(UiBuilder::new().sense(Sense::hover()), |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, theme::GRID);
            line_ui(ui, ctx, judged, &sentence);
            for fact in facts(ctx, &judged.verdict) {
                quiet_ui(ui, &format!("{BETWEEN}{fact}"));
            }
        });
    });
    // Screen readers get the line in one piece, not cut at the link.
    whole.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, printable(&sentence.text)));
    whole.response.on_hover_ui(|ui| hover_ui(ui, &judged.verdict));
}

/// The line: its first word in the color of the outcome, and the function as a link.
fn line_ui(ui: &mut Ui, ctx: &ViewContext<'_>, judged: &Judged, sentence: &Sentence) {
    let tokens = theme::tokens(ui);
    let text = &sentence.text;
    let (word, rest) = text.split_at(text.find([':', ';']).unwrap_or(text.len()));
    let is_worse = judged.verdict.outcome == Outcome::Regression;
    let color = if is_worse { tokens.increase } else { tokens.text };
    ui.label(RichText::new(word).strong().color(color));
    let name = sentence.name.as_deref().filter(|name| !name.is_empty());
    let around = name.and_then(|name| Some((name, rest.split_once(name)?)));
    let (Some((name, (before, after))), Some(function)) = (around, &judged.named_function) else {
        ui.label(RichText::new(printable(rest)).color(tokens.text));
        return;
    };
    ui.label(RichText::new(before).color(tokens.text));
    let link = ui.link(RichText::new(printable(name)).font(theme::mono()));
    if link.on_hover_text(format!("Select {}", printable(function))).clicked() {
        match ctx.benchmarks_query() {
            Some(_) => select_benchmark(ctx, judged, function),
            None => select(ctx, function),
        }
    }
    ui.label(RichText::new(after).color(tokens.text));
}

/// Selects a function; where the views do not show functions, they are made to.
fn select(ctx: &ViewContext<'_>, function: &str) {
    if ctx.lens().granularity != Granularity::Functions {
        ctx.send(Command::ChooseGranularity(Granularity::Functions));
    }
    let key = FrameKey { name: function.to_owned(), ..FrameKey::default() };
    ctx.send(Command::Select(Item::Function(key)));
}

/// Selects the row that the line of a verdict on benchmarks is about.
fn select_benchmark(ctx: &ViewContext<'_>, judged: &Judged, name: &str) {
    let worst = judged.verdict.failures().next().map(|regression| &regression.row);
    let row = worst.or_else(|| judged.verdict.rows.iter().find(|row| *row.name == *name));
    let unit = row.map_or("", |row| unit_of(row));
    ctx.send(Command::Select(Item::Benchmark(name.to_owned(), unit.to_owned())));
}

/// What must be seen beside the line.
fn facts(ctx: &ViewContext<'_>, verdict: &Verdict) -> Vec<String> {
    let one_run = verdict.notes.iter().find(|note| matches!(note, Note::OneRun)).map(Note::text);
    let is_filtered = ctx.is_filtered().then(|| "Judged without the filters.".to_owned());
    let n_others = verdict.notes.len() - usize::from(one_run.is_some());
    let n_others = (n_others > 0).then(|| counted(n_others, "note"));
    one_run.into_iter().chain(is_filtered).chain(n_others).collect()
}

/// What the line rests on, what was compared, and what the reader must know.
fn hover_ui(ui: &mut Ui, verdict: &Verdict) {
    ui.set_max_width(HOVER_WIDTH);
    let tokens = theme::tokens(ui);
    for sentence in evidence(verdict) {
        ui.label(RichText::new(printable(&sentence.text)).color(tokens.text));
    }
    for side in sides(verdict) {
        quiet_ui(ui, &side);
    }
    for (kind, note) in notes(verdict) {
        ui.label(RichText::new(format!("{kind}: {}", printable(&note))).color(tokens.text));
    }
}

fn quiet_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(printable(text)).color(theme::tokens(ui).text_quiet));
}

const fn mark_color(outcome: Option<&Outcome>, tokens: &Tokens) -> Color32 {
    match outcome {
        Some(Outcome::Regression) => tokens.increase,
        Some(Outcome::NoRegression) => tokens.decrease,
        Some(Outcome::Undecided(_)) => tokens.found,
        Some(Outcome::NothingComparable(_)) | None => tokens.outline,
    }
}
