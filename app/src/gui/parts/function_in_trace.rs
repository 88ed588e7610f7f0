//! What is known of a function in a trace: the spans it is found in, and its numbers in the flame graph.

use std::sync::Arc;

use eframe::egui::{Label, RichText, Ui};
use goscope_analysis::profile::frame::FrameTable;
use goscope_analysis::profile::peek::Call;
use goscope_analysis::symbol;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_parsers::printable;

use super::placeholder::{computing_mark_ui, hint_ui};
use crate::derived::Status;
use crate::gui::command::{Command, Flight};
use crate::gui::parts::notes::note_ui;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::facts::{fact_ui, section_ui};
use crate::query::function::FunctionQuery;
use crate::query::trace::function_spans::{FunctionSpans, FunctionSpansQuery};
use crate::query::trace::selection::TimeRange;
use crate::text::{self, ValueText};

/// Callers and callees that are listed.
const MAX_CALLS: usize = 8;

/// Shows it.
pub fn function_in_trace_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frame: &FrameKey) {
    let Some(model) = ctx.trace() else { return };
    title_ui(ui, frame);
    note_ui(ui, ctx);
    spans_ui(ui, ctx, model, frame);
    values_ui(ui, ctx, frame);
}

fn title_ui(ui: &mut Ui, frame: &FrameKey) {
    let tokens = theme::tokens(ui);
    let title = frame.title();
    let package = symbol::package_of(&frame.name);
    let name =
        if package.is_empty() { title.clone() } else { symbol::function_name(&frame.name).into_owned() };
    let name = RichText::new(printable(&name)).font(theme::mono()).strong().color(tokens.text);
    ui.add(Label::new(name).wrap()).on_hover_text(&title);
    if !package.is_empty() {
        let package = RichText::new(printable(package)).font(theme::mono_small()).color(tokens.text_quiet);
        ui.add(Label::new(package).wrap());
    }
}

fn spans_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, frame: &FrameKey) {
    let shown = ctx.ask("function spans", &spans_query(frame));
    section_ui(ui, "Spans with it, in the whole trace");
    if shown.status == Status::Computing {
        computing_mark_ui(ui);
    }
    let Some(found) = &shown.answer else { return };
    let Some(longest) = found.longest.first() else {
        hint_ui(ui, "No span has it on its stack. What runs is known by CPU samples alone.");
        return;
    };
    fact_ui(ui, "spans", &text::count(found.count));
    fact_ui(ui, "together", &text::duration(i64::try_from(found.nanos).unwrap_or(i64::MAX)));
    fact_ui(ui, "longest", &nanos_text(longest));
    for span in &found.longest {
        span_ui(ui, ctx, model, span);
    }
}

/// The question for the spans with a function: of the whole trace, so that it is asked once while one looks around.
fn spans_query(frame: &FrameKey) -> FunctionSpansQuery {
    FunctionSpansQuery { function: frame.name.clone(), range: None }
}

/// The spans with the function that is chosen; `None` if none is.
pub fn chosen_spans(ctx: &ViewContext<'_>) -> Option<Arc<FunctionSpans>> {
    let frame = ctx.lens().selection.as_ref()?.frame().filter(|frame| !frame.name.is_empty())?;
    ctx.ask("spans of the chosen function", &spans_query(frame)).answer
}

fn nanos_text(span: &Span) -> String {
    text::duration(i64::try_from(span.duration_nanos()).unwrap_or(i64::MAX))
}

/// A span, as a way to it.
fn span_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, span: &Span) {
    let tables = model.tables();
    let goid = tables.goid(span.goroutine);
    let words = format!("G {goid} {} {}", model.cause(span.cause).text(tables), nanos_text(span));
    let link = ui.link(RichText::new(printable(&words)).font(theme::mono_small()));
    if link.on_hover_text("Show this span").clicked() {
        let item = Item::Span(goid, span.start.saturating_sub(model.range().start));
        let range = TimeRange::around(model, &(span.start..span.end));
        let group = tables.string_lossy(model.start_function(span.goroutine)).into_owned();
        ctx.send(Command::FlyTo(Flight { item, range, group: Some(group) }));
    }
}

/// What it costs in the flame graph that is shown, who calls it and what it calls.
fn values_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frame: &FrameKey) {
    let Ok(documents) = ctx.profile_documents() else { return };
    let ctx = &ctx.about(documents.get());
    let question = FunctionQuery { stacks: ctx.lens().stack_query(), frame: frame.frame() };
    let Some(facts) = ctx.ask("function in trace", &question).answer else { return };
    let format = ValueText::alone(&facts.unit);
    section_ui(ui, &format!("In the flame graph: {}", ctx.lens().trace.flame.text()));
    for (name, value) in [("cum", facts.cum), ("flat", facts.flat)] {
        fact_ui(ui, name, &format!("{} {}", format.text(value), text::share(value, facts.total)));
    }
    for (name, calls) in [("Callers", &facts.callers), ("Callees", &facts.callees)] {
        if !calls.is_empty() {
            section_ui(ui, name);
        }
        for call in calls.iter().take(MAX_CALLS) {
            call_ui(ui, ctx, &facts.frames, call, &format);
        }
    }
}

fn call_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frames: &FrameTable, call: &Call, format: &ValueText) {
    let key = FrameKey::of(frames.frame(call.frame));
    let title = key.title();
    let words = format!("{} {}", symbol::short_name(&title), format.text(call.weight));
    let link = ui.link(RichText::new(printable(&words)).font(theme::mono_small()));
    if link.on_hover_text(&title).clicked() {
        ctx.send(Command::Select(Item::Function(key)));
    }
}
