//! The chosen span or goroutine: what it is, how long, who unblocked it, where in the code.

mod answers;
mod task;

use eframe::egui::{Button, Color32, Label, Margin, RichText, ScrollArea, Ui};
use goscope_analysis::symbol::short_name;

use self::task::task_ui;
use crate::gui::command::{Command, Flight};
use crate::gui::command_list::with_key;
use crate::gui::parts::function_in_trace::function_in_trace_ui;
use crate::gui::parts::notes::note_ui;
use crate::gui::parts::placeholder::{hint_ui, nothing_yet_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::facts::{fact_ui, section_ui};
use crate::query::trace::selection::{Only, TimeRange};
use crate::query::trace::span_facts::{SpanFacts, SpanQuery, SpanRef};
use crate::text;

/// Frames of a stack that are shown.
const MAX_FRAMES: usize = 24;

/// The view.
pub struct SpanView;

impl View for SpanView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Span
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.raised, Margin::symmetric(16, 0))
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let query = match ctx.lens().selection {
            Some(Item::Span(goid, start)) => SpanQuery { goid, start_nanos: Some(start) },
            Some(Item::Task(number)) => {
                task_ui(ui, ctx, number);
                return;
            }
            Some(Item::Goroutine(goid)) => SpanQuery { goid, start_nanos: None },
            Some(Item::Function(_) | Item::CallPath(_)) => {
                chosen_function_ui(ui, ctx);
                return;
            }
            Some(Item::Test(..) | Item::Benchmark(..)) | None => {
                trace_ui(ui, ctx);
                return;
            }
        };
        let shown = ctx.ask("span", &query);
        let Some(facts) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking at the goroutine");
            return;
        };
        ScrollArea::vertical().id_salt("span").auto_shrink(false).show(ui, |ui| {
            ui.add_space(theme::GAP);
            facts_ui(ui, ctx, &facts, query.goid);
        });
    }
}

/// What is known of a function that was chosen in another view.
fn chosen_function_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let frame = ctx.lens().selection.as_ref().and_then(Item::frame).filter(|frame| !frame.name.is_empty());
    let Some(frame) = frame else {
        trace_ui(ui, ctx);
        return;
    };
    ScrollArea::vertical().id_salt("function").auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        function_in_trace_ui(ui, ctx, frame);
    });
}

/// What the trace is, while nothing is chosen.
fn trace_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(model) = ctx.trace() else { return };
    ScrollArea::vertical().id_salt("trace").auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        answers::answers_ui(ui, ctx);
        section_ui(ui, "This trace");
        let tables = model.tables();
        fact_ui(ui, "version", &model.version().to_string());
        fact_ui(ui, "duration", &text::duration(model.duration_nanos() as i64));
        fact_ui(ui, "events", &text::count(model.event_count() as usize));
        fact_ui(ui, "goroutines", &text::count(tables.goroutine_count().saturating_sub(1)));
        fact_ui(ui, "Ps", &text::count(tables.proc_count().saturating_sub(1)));
        fact_ui(ui, "threads", &text::count(tables.thread_count().saturating_sub(1)));
        fact_ui(ui, "CPU samples", &text::count(model.samples().len()));
        if model.lost_share() > 0.0 {
            fact_ui(ui, "lost", &text::percent(model.lost_share()));
        }
        for problem in model.problems() {
            let text =
                RichText::new(problem.to_string()).font(theme::small()).color(theme::tokens(ui).danger);
            ui.add(Label::new(text).wrap());
        }
        hint_ui(ui, "Click a span in the lanes to see what it is and which goroutine unblocked it.");
    });
}

fn facts_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &SpanFacts, goid: i64) {
    let tokens = theme::tokens(ui);
    ui.label(RichText::new(&facts.title).font(theme::mono()).strong().color(tokens.text));
    let function = RichText::new(short_name(&facts.function)).font(theme::mono_small());
    ui.add(Label::new(function.color(tokens.text_quiet)).wrap()).on_hover_text(&facts.function);
    note_ui(ui, ctx);
    only_ui(ui, ctx, facts, goid);
    section_ui(ui, if facts.state.is_empty() { "Lifetime" } else { "Span" });
    if !facts.state.is_empty() {
        fact_ui(ui, "state", &facts.state);
    }
    fact_ui(ui, "duration", &text::duration(facts.time.1 - facts.time.0));
    fact_ui(ui, "start", &text::duration(facts.time.0));
    if let Some(proc) = facts.proc {
        fact_ui(ui, "P", &proc.to_string());
    }
    if let Some(waker) = &facts.waker {
        section_ui(ui, if facts.state.is_empty() { "Created by" } else { "Unblocked by" });
        let tooltip = with_key(ui.ctx(), "Go to what it was doing then", &Command::JumpToUnblocker);
        link_ui(ui, ctx, waker, &tooltip);
        stack_ui(ui, &facts.waker_stack);
    }
    if !facts.stack.is_empty() {
        section_ui(ui, if facts.state.is_empty() { "Starts in" } else { "Stack" });
        stack_ui(ui, &facts.stack);
    }
    for (name, neighbor) in ["Previous span", "Next span"].into_iter().zip(&facts.neighbors) {
        if let Some(span) = neighbor {
            section_ui(ui, name);
            link_ui(ui, ctx, span, "Go to this span");
        }
    }
    section_ui(ui, "Whole lifetime");
    for (state, nanos, count) in &facts.totals {
        let text = format!("{} in {}", text::duration(*nanos as i64), text::count(*count as usize));
        fact_ui(ui, state, &text);
    }
}

/// Restricts flame graph and tables to the goroutine, or to all that run its function.
fn only_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &SpanFacts, goid: i64) {
    ui.horizontal_wrapped(|ui| {
        let choices = [
            ("Only this", "Only this goroutine", Only::Goroutine(goid)),
            ("Only its function", "Only goroutines of its function", Only::Function(facts.function.clone())),
        ];
        for (text, tooltip, only) in choices {
            if ui.button(text).on_hover_text(tooltip).clicked() {
                ctx.send(Command::ShowOnly(Some(only)));
            }
        }
    });
}

/// Another span, with a way to it.
fn link_ui(ui: &mut Ui, ctx: &ViewContext<'_>, span: &SpanRef, tooltip: &str) {
    let text = format!("{} · {}", span.title, text::duration(span.time.1 - span.time.0));
    let text = RichText::new(text).font(theme::mono_small()).color(theme::tokens(ui).accent);
    let button = ui.add(Button::new(text).frame_when_inactive(false).truncate());
    if button.on_hover_text(tooltip).clicked() {
        ctx.send(Command::FlyTo(flight(ctx, span)));
    }
}

/// Stays where it is if the span can be seen there.
fn flight(ctx: &ViewContext<'_>, span: &SpanRef) -> Flight {
    let seen = ctx.lens().trace.range;
    let is_seen = |range: &TimeRange| span.time.0 < range.end_nanos && span.time.1 > range.start_nanos;
    let range = seen.filter(is_seen).or_else(|| {
        let model = ctx.trace()?;
        let start = model.range().start;
        let time = start.saturating_add(span.time.0)..start.saturating_add(span.time.1);
        Some(TimeRange::around(model, &time))
    });
    Flight {
        item: Item::Span(span.goid, span.time.0),
        range: range.unwrap_or(TimeRange { start_nanos: span.time.0, end_nanos: span.time.1 }),
        group: Some(span.function.clone()),
    }
}

fn stack_ui(ui: &mut Ui, stack: &[crate::query::trace::span_facts::StackLine]) {
    let tokens = theme::tokens(ui);
    for frame in stack.iter().take(MAX_FRAMES) {
        let file = frame.file.rsplit('/').next().unwrap_or_default();
        let text = RichText::new(short_name(&frame.function)).font(theme::mono_small()).color(tokens.text);
        let place = format!("{}\n{}:{}", frame.function, frame.file, frame.line);
        ui.add(Label::new(text).truncate()).on_hover_text(&place);
        let text = format!("  {file}:{}", frame.line);
        let text = RichText::new(text).font(theme::mono_small()).color(tokens.text_faint);
        ui.add(Label::new(text).truncate()).on_hover_text(&place);
    }
    if stack.len() > MAX_FRAMES {
        let text = format!("and {} more", stack.len() - MAX_FRAMES);
        ui.label(RichText::new(text).font(theme::small()).color(tokens.text_faint));
    }
}
