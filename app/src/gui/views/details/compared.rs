//! The chosen function on both sides: every run as a dot, what can be said of the change, callers and callees before and
//! after. While nothing is chosen: the runs.

use eframe::egui::{Label, RichText, Ui};
use goscope_analysis::profile::diff_peek::CallChange;
use goscope_analysis::symbol;
use goscope_analysis::verdict::{By, Significance, Untested, Verdict};

use super::rows::{MAX_ROWS, Row, document_ui, fact_ui, more_ui, row_ui, section_ui};
use crate::gui::command::Command;
use crate::gui::parts::placeholder::hint_ui;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::run_marks::{Strip, strip_plot_ui};
use crate::gui::workspace::Compared;
use crate::query::calls::{Calls, CallsQuery};
use crate::query::comparison::Side;
use crate::query::side_format::SideFormat;
use crate::report::rows::ShownRow;
use crate::text::{self, ValueText};

/// Room for the values of both sides.
const BOTH_WIDTH: f32 = 132.0;

/// Shows the function on both sides.
pub(super) fn function_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frame: &FrameKey) {
    runs_ui(ui, ctx, frame);
    let Some(Ok(scale)) = ctx.side_scale() else { return };
    let question = CallsQuery { stacks: ctx.lens().stack_query(), scale: scale.diff, frame: frame.frame() };
    let Some(calls) = ctx.ask("calls", &question).answer else { return };
    let format = scale.format(ValueText::column(&calls.unit, &calls.shown_unit), &calls.unit);
    let Calls { peek, .. } = &*calls;
    section_ui(ui, "Everywhere");
    for (name, value) in [("cum", peek.cum), ("flat", peek.flat)] {
        let both = format!("{} → {}", format.text(value.base), format.text(value.head));
        fact_ui(ui, name, &both, &text::change(value.base, value.head));
    }
    interrupt_ui(ui, ctx, &calls);
    calls_ui(ui, ctx, (&calls, &format), ("Callers", "Caller"), &peek.callers);
    calls_ui(ui, ctx, (&calls, &format), ("Callees", "Callee"), &peek.callees);
}

/// Why runs and flat differ, where they do: the verdict counts what only interrupts a function as its own.
fn interrupt_ui(ui: &mut Ui, ctx: &ViewContext<'_>, calls: &Calls) {
    let mut callees = calls.peek.callees.iter().map(|call| calls.peek.frames.frame(call.frame));
    let Some(interrupt) = callees.find(|frame| symbol::is_preemption(&frame.name)) else { return };
    if ctx.lens().compared != Compared::Cum {
        let name = &interrupt.name;
        hint_ui(
            ui,
            &format!("Runs count {name}, which only interrupts this function, as its own. Flat does not."),
        );
    }
}

/// Every run of both sides, and in a sentence what can be said of the change.
fn runs_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frame: &FrameKey) {
    let Some(judged) = ctx.judged().and_then(|shown| shown.answer) else { return };
    let by = if ctx.lens().compared == Compared::Cum { By::Cum } else { By::Flat };
    let Some(row) = judged.row_by(&frame.name, by) else { return };
    let (verdict, tokens) = (&judged.verdict, theme::tokens(ui));
    let shown = ShownRow::new(verdict, row);
    let color = match row.significance {
        Significance::Regressed | Significance::Grew => tokens.increase,
        Significance::Fell if !row.is_shift => tokens.decrease,
        _ => tokens.text_quiet,
    };
    section_ui(ui, if by == By::Cum { "Runs, with callees" } else { "Runs, alone" });
    let said = RichText::new(sentence(&shown, verdict)).color(color);
    ui.add(Label::new(said).wrap());
    ui.add_space(theme::GRID);
    let named = |side: Side| {
        let (values, info) = match side {
            Side::Base => (&row.base, &verdict.base),
            Side::Head => (&row.head, &verdict.head),
        };
        let names = info.runs.iter().map(|run| &*run.context.name);
        values.runs.iter().copied().zip(names).collect()
    };
    let mean = row.base.normalized;
    let interval = row.interval.filter(|interval| interval.high.is_finite());
    let strips = [
        Strip { name: "base", runs: named(Side::Base), mean, interval: None, color: tokens.text_quiet },
        Strip {
            name: "head",
            runs: named(Side::Head),
            mean: row.head.normalized,
            interval: interval.map(|interval| (mean * interval.low, mean * interval.high)),
            color,
        },
    ];
    strip_plot_ui(ui, &strips, |value| verdict.value(value));
}

/// What can be said of the change: `+37%; 95%: +30 … +45%; q 1e-15`.
fn sentence(shown: &ShownRow<'_>, verdict: &Verdict) -> String {
    let row = shown.row;
    let change = match row.significance {
        Significance::Untested(reason) => return format!("~ not judged: {}", untested(reason, verdict)),
        Significance::Unclear => "~ nothing can be said".to_owned(),
        _ => shown.change.clone(),
    };
    let interval = (!shown.interval.is_empty()).then(|| format!("95%: {}", shown.interval));
    let q = (!shown.q.is_empty()).then(|| format!("q {}", shown.q));
    // The heading says which value it is.
    let remark = Some(shown.remark.trim_end_matches("flat").trim_end_matches(", ").to_owned());
    let remark = remark.filter(|remark| !remark.is_empty());
    [Some(change), interval, q, remark].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn untested(reason: Untested, verdict: &Verdict) -> String {
    match reason {
        Untested::Small => format!("below {} of the total", text::percent(verdict.gate.min_share.0)),
        other => other.text().to_owned(),
    }
}

fn calls_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (facts, format): (&Calls, &SideFormat),
    (title, one): (&str, &str),
    calls: &[CallChange],
) {
    let Some(first) = calls.first() else { return };
    section_ui(ui, &format!("{title}, base → head"));
    let largest = first.value.change();
    for call in calls.iter().take(MAX_ROWS) {
        let frame = facts.peek.frames.frame(call.frame);
        let full = frame.printable_name();
        let both = format!("{} → {}", format.text(call.value.base), format.text(call.value.head));
        let change = text::change(call.value.base, call.value.head);
        let row = Row {
            name: &symbol::short_name(&full),
            value: &both,
            part: text::fraction(call.value.change().saturating_abs(), largest.saturating_abs()),
            tooltip: &format!("{full}\n{both}, {change}"),
            value_width: BOTH_WIDTH,
        };
        if row_ui(ui, &row, Some(one)) {
            ctx.send(Command::Select(Item::Function(FrameKey::of(frame))));
        }
    }
    more_ui(ui, calls.len());
}

/// The runs of both sides: of one run a side what its profile is, of several a line each.
pub(super) fn sides_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(comparison) = ctx.tab.content.comparison() else { return };
    for (side, documents) in Side::BOTH.into_iter().zip(ctx.documents.both_sides()) {
        let title = if side == Side::Base { "Base" } else { "Head" };
        if let [one] = documents {
            document_ui(ui, title, one);
            continue;
        }
        section_ui(ui, &format!("{title}: {} runs", documents.len()));
        for (document, name) in documents.iter().zip(comparison.short_names(side)) {
            let name = RichText::new(name).font(theme::mono_small());
            let name = name.color(theme::tokens(ui).text_quiet);
            ui.add(Label::new(name).truncate()).on_hover_text(document.source.place());
        }
    }
    ui.add_space(theme::GAP);
    if comparison.base.len() == 1 {
        hint_ui(ui, "Several runs a side show smaller changes: add them to a side by the buttons above.");
    }
}
