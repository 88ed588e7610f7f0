//! What the window says of an item of a lane: in a tooltip, and to screen readers.

use eframe::egui::{Label, Response, RichText, Tooltip, Ui};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::rows::RangeKind;
use goscope_parsers::trace::StackId;

use super::items::{LaneItem, What};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::widgets::time_axis::duration_text;
use crate::query::waker_of;

/// Frames of a stack that a tooltip shows.
const MAX_FRAMES: usize = 8;

/// What can be chosen of an item.
pub(super) fn item_of(model: &TraceModel, item: &LaneItem) -> Option<Item> {
    match &item.what {
        What::Span(span) | What::Run(span) => {
            let start = span.start.saturating_sub(model.range().start);
            Some(Item::Span(model.tables().goid(span.goroutine), start))
        }
        What::Region(at) => {
            let region = model.regions().get(*at)?;
            Some(Item::Goroutine(model.tables().goid(region.goroutine)))
        }
        What::Log(at) => model.logs().get(*at).map(|log| Item::Goroutine(model.tables().goid(log.goroutine))),
        What::Merged { .. } | What::Range(_) | What::Task(_) => None,
    }
}

/// `G 412 main.worker: waiting (chan receive), 18.2 ms`.
pub(super) fn spoken_text(model: &TraceModel, item: &LaneItem) -> String {
    let length = duration_text(item.time.end.saturating_sub(item.time.start));
    format!("{}, {length}", title(model, item))
}

pub(super) fn tooltip_ui(response: &Response, model: &TraceModel, item: &LaneItem) {
    Tooltip::for_widget(response).at_pointer().show(|ui| {
        let tokens = theme::tokens(ui);
        ui.add(Label::new(RichText::new(title(model, item)).strong().color(tokens.text)));
        let mut lines = vec![time_line(model, item)];
        lines.extend(facts(model, item));
        for line in lines {
            ui.label(RichText::new(line).font(theme::mono_small()).color(tokens.text_quiet));
        }
        if let What::Span(span) = &item.what {
            stack_ui(ui, model, model.cause(span.cause).stack);
        }
    });
}

fn time_line(model: &TraceModel, item: &LaneItem) -> String {
    let since_start = item.time.start.saturating_sub(model.range().start);
    let length = item.time.end.saturating_sub(item.time.start);
    format!("{} at {}", duration_text(length), duration_text(since_start))
}

fn stack_ui(ui: &mut Ui, model: &TraceModel, stack: StackId) {
    let frames = model.tables().stack(stack);
    for line in stack_lines(model, stack).into_iter().take(MAX_FRAMES) {
        ui.label(RichText::new(line).font(theme::mono_small()).color(theme::tokens(ui).text_faint));
    }
    if frames.len() > MAX_FRAMES {
        let more = format!("and {} more", frames.len() - MAX_FRAMES);
        ui.label(RichText::new(more).font(theme::small()).color(theme::tokens(ui).text_faint));
    }
}

/// `main.worker main.go:12`, innermost first.
pub(super) fn stack_lines(model: &TraceModel, stack: StackId) -> Vec<String> {
    let tables = model.tables();
    let line = |&id: &goscope_parsers::trace::FrameId| {
        let frame = tables.frame(id);
        let (function, file) = (tables.string_lossy(frame.function), tables.string_lossy(frame.file));
        let file = file.rsplit('/').next().unwrap_or_default().to_owned();
        format!("{} {file}:{}", short_name(&function), frame.line)
    };
    tables.stack(stack).iter().map(line).collect()
}

/// The number and the function of a goroutine: `G 412 main.worker`.
pub(super) fn goroutine_title(model: &TraceModel, span: &Span) -> String {
    let tables = model.tables();
    let function = tables.string_lossy(model.start_function(span.goroutine));
    format!("G {} {}", tables.goid(span.goroutine), short_name(&function))
}

/// `waiting (chan receive)`.
pub(super) fn state_text(model: &TraceModel, span: &Span) -> String {
    let reason = model.tables().string_lossy(model.cause(span.cause).reason);
    if reason.is_empty() { span.state.name().to_owned() } else { format!("{} ({reason})", span.state.name()) }
}

fn title(model: &TraceModel, item: &LaneItem) -> String {
    let tables = model.tables();
    match &item.what {
        What::Span(span) | What::Run(span) => {
            format!("{}: {}", goroutine_title(model, span), state_text(model, span))
        }
        What::Merged { count, .. } => format!("{count} short spans"),
        What::Range(RangeKind::GcMark) => "GC marks".to_owned(),
        What::Range(RangeKind::StopTheWorld) => "the world is stopped".to_owned(),
        What::Range(_) => "GC work".to_owned(),
        What::Region(at) => {
            let name = model.regions().get(*at).map(|region| tables.string_lossy(region.name));
            format!("region {}", name.unwrap_or_default())
        }
        What::Log(at) => {
            let log = model.logs().get(*at);
            let text = log.map(|log| {
                format!("[{}] {}", tables.string_lossy(log.category), tables.string_lossy(log.message))
            });
            text.unwrap_or_default()
        }
        What::Task(id) => {
            let name = model.task(*id).map(|task| tables.string_lossy(task.name)).unwrap_or_default();
            format!("task {} {name}", tables.task_number(*id))
        }
    }
}

fn facts(model: &TraceModel, item: &LaneItem) -> Vec<String> {
    match &item.what {
        What::Span(span) => {
            let waker = waker_of(model, span);
            waker
                .map(|waker| format!("unblocked by {}", goroutine_title(model, &waker)))
                .into_iter()
                .collect()
        }
        What::Merged { nanos, .. } => SpanState::ALL
            .into_iter()
            .filter(|state| nanos[state.index()] > 0)
            .map(|state| format!("{} {}", duration_text(nanos[state.index()] as i64), state.name()))
            .collect(),
        _ => Vec::new(),
    }
}
