//! What the window says of an item of a lane: in a tooltip, and to screen readers.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use eframe::egui::{Label, Response, RichText, Tooltip, Ui};
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_analysis::trace::names::{given_name, task_name};
use goscope_parsers::trace::{GoId, StackId, StringId};

use super::look::note_text;
use crate::document::TraceDocument;
use crate::gui::hue::hue_of_class;
use crate::gui::lane_picture::flows::{Flow, MAX_FLOWS};
use crate::gui::lane_picture::items::{ItemKind, LaneItem, nanos_of, owner_of};
use crate::gui::lane_picture::names::goroutine_name;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::widgets::lane_arrows::OwnEnd;
use crate::text;
use goscope_analysis::trace::questions::lane_groups::Lane;

/// Frames of a stack that a tooltip shows.
const MAX_FRAMES: usize = 8;

/// Functions of several samples, or goroutines, that a tooltip shows.
const MAX_FUNCTIONS: usize = 4;

/// Samples that a tooltip looks at.
const MAX_SAMPLES: usize = 1_000;

/// What can be chosen of an item.
pub(super) fn item_of(model: &TraceModel, item: &LaneItem) -> Option<Item> {
    let goroutine = |id: GoId| Some(Item::Goroutine(model.tables().goid(id)));
    match item.kind {
        ItemKind::Span(id, ..) => {
            let span = model.span(id)?;
            let start = span.start.saturating_sub(model.range().start);
            Some(Item::Span(model.tables().goid(span.goroutine), start))
        }
        ItemKind::Task(id) => Some(Item::Task(model.tables().task_number(id))),
        ItemKind::Regions(row, 1, _) => goroutine(model.regions().get(row)?.goroutine),
        ItemKind::Logs(row, 1) => goroutine(model.logs().get(row)?.goroutine),
        ItemKind::Samples(row, 1) => goroutine(model.samples().get(row)?.goroutine),
        ItemKind::Note(row, 1) => goroutine(model.logs().get(row)?.goroutine),
        ItemKind::Stack { function: Some(function), .. } => {
            let name = model.tables().string_lossy(function).into_owned();
            Some(Item::Function(FrameKey { name, ..FrameKey::default() }))
        }
        _ => None,
    }
}

/// `G 412 main.worker: waiting (chan receive), 18.2 ms`.
pub(super) fn spoken_text(trace: &TraceDocument, item: &LaneItem) -> String {
    let length = text::duration(item.end.saturating_sub(item.start));
    match item.kind {
        ItemKind::Stack { count, .. } => format!("{}, {}", title(trace, item), samples_text(count)),
        ItemKind::Note(..) => title(trace, item),
        _ => format!("{}, {length}", title(trace, item)),
    }
}

fn samples_text(count: usize) -> String {
    match count {
        1 => "1 CPU sample".to_owned(),
        count => format!("{} CPU samples", text::count(count)),
    }
}

pub(super) fn tooltip_ui(response: &Response, trace: &TraceDocument, (item, flows): (&LaneItem, &[Flow])) {
    let model = &trace.model;
    Tooltip::for_widget(response).at_pointer().show(|ui| {
        let tokens = theme::tokens(ui);
        ui.add(Label::new(RichText::new(title(trace, item)).strong().color(tokens.text)));
        let mut lines = vec![time_line(model, item)];
        lines.extend(flow_lines(model, flows));
        lines.extend(facts(model, item));
        for line in lines {
            ui.label(RichText::new(line).font(theme::mono_small()).color(tokens.text_quiet));
        }
        if let Some(stack) = stack_of(model, item) {
            stack_ui(ui, model, stack);
        }
    });
}

fn stack_of(model: &TraceModel, item: &LaneItem) -> Option<StackId> {
    match (item.kind, item.lane) {
        (ItemKind::Span(_, _, cause), Lane::Goroutine(_)) => Some(model.cause(cause).stack),
        (ItemKind::Samples(row, 1) | ItemKind::Stack { row, count: 1, .. }, _) => {
            model.samples().get(row).map(|sample| sample.stack)
        }
        (ItemKind::Logs(row, 1) | ItemKind::Note(row, 1), _) => model.logs().get(row).map(|log| log.stack),
        (ItemKind::Regions(row, 1, _), _) => model.regions().get(row).map(|region| region.begin_stack),
        _ => None,
    }
}

fn time_line(model: &TraceModel, item: &LaneItem) -> String {
    let since_start = item.start.saturating_sub(model.range().start);
    let length =
        if matches!(item.kind, ItemKind::Note(..)) { 0 } else { item.end.saturating_sub(item.start) };
    match length {
        0 => format!("at {}", text::duration(since_start)),
        length => format!("{} at {}", text::duration(length), text::duration(since_start)),
    }
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
        let (function, file) = (tables.printable(frame.function), tables.printable(frame.file));
        let file = file.rsplit('/').next().unwrap_or_default().to_owned();
        format!("{} {file}:{}", short_name(&function), frame.line)
    };
    tables.stack(stack).iter().map(line).collect()
}

/// Who unblocked it, and whom it unblocked.
fn flow_lines(model: &TraceModel, flows: &[Flow]) -> Vec<String> {
    let of = |own: OwnEnd| flows.iter().filter(move |flow| flow.own == own);
    let mut lines: Vec<String> = of(OwnEnd::To)
        .map(|flow| format!("unblocked by {}", goroutine_name(model, flow.from.goroutine)))
        .collect();
    let woken = of(OwnEnd::From).take(MAX_FUNCTIONS);
    lines.extend(woken.map(|flow| format!("unblocks {}", goroutine_name(model, flow.to.goroutine))));
    match of(OwnEnd::From).count() {
        0..=MAX_FUNCTIONS => {}
        count if count < MAX_FLOWS => lines.push(format!("and {} others", count - MAX_FUNCTIONS)),
        count => lines.push(format!("and at least {} others", count - MAX_FUNCTIONS)),
    }
    lines
}

/// `waiting: chan receive`.
pub(super) fn state_text(model: &TraceModel, span: &Span) -> String {
    model.cause(span.cause).text(model.tables())
}

fn title(trace: &TraceDocument, item: &LaneItem) -> String {
    let model = &trace.model;
    let tables = model.tables();
    match item.kind {
        ItemKind::Span(id, ..) => match model.span(id) {
            Some(span) => format!("{}, {}", goroutine_name(model, span.goroutine), state_text(model, &span)),
            None => String::new(),
        },
        ItemKind::Sum(count, _) => format!("{} short spans", text::count(count as usize)),
        ItemKind::Members(shares, lanes) => {
            let part: u32 = shares.iter().map(|&share| u32::from(share)).sum();
            format!("{} at a time", members_text(part, lanes))
        }
        ItemKind::Cycles(_, 1) => "GC mark phase".to_owned(),
        ItemKind::Cycles(_, count) => format!("{count} GC cycles"),
        ItemKind::Pauses(row, 1) => {
            let kind = trace.pauses.get(row).map(|pause| tables.string_lossy(pause.kind));
            format!("STW pause: {}", kind.unwrap_or_default())
        }
        ItemKind::Pauses(_, count) => format!("{count} STW pauses"),
        ItemKind::Regions(row, 1, _) => {
            let name = model.regions().get(row).map(|region| given_name(tables, region.name));
            format!("region {}", name.unwrap_or_default())
        }
        ItemKind::Regions(_, count, _) => format!("{} short regions", text::count(count)),
        ItemKind::Logs(..) | ItemKind::Note(..) => note_text(model, item),
        ItemKind::Stack { function: Some(function), .. } => {
            short_name(&tables.printable(function)).into_owned()
        }
        ItemKind::Stack { function: None, .. } => "different functions".to_owned(),
        ItemKind::Samples(_, 1) => "CPU sample".to_owned(),
        ItemKind::Samples(_, count) => format!("{} CPU samples", text::count(count)),
        ItemKind::Task(id) => {
            format!("task {} {}", tables.task_number(id), task_name(model, id))
        }
    }
}

/// How many lanes a part of the height of a group is, on average: `3.4`.
fn members_text(part: u32, lanes: f32) -> String {
    let members = part as f32 / 255.0 * lanes;
    if members >= 99.95 { text::count(members.round() as usize) } else { format!("{members:.1}") }
}

fn facts(model: &TraceModel, item: &LaneItem) -> Vec<String> {
    match (item.kind, item.lane) {
        (ItemKind::Sum(..), _) => {
            let nanos = nanos_of(model, item);
            let there = SpanClass::ALL.into_iter().filter(|class| nanos[class.index()] > 0);
            let line = |class: SpanClass| {
                format!("{} {}", text::duration(nanos[class.index()] as i64), hue_of_class(class).text())
            };
            there.map(line).collect()
        }
        (ItemKind::Members(shares, lanes), Lane::Goroutine(_)) => {
            let there = SpanClass::ALL.into_iter().filter(|class| shares[class.index()] > 0);
            let line = |class: SpanClass| {
                let members = members_text(shares[class.index()].into(), lanes);
                format!("{members} {}", hue_of_class(class).text())
            };
            there.map(line).collect()
        }
        (ItemKind::Samples(row, 1), lane) => goroutine_of_sample(model, row, lane).into_iter().collect(),
        (ItemKind::Samples(_, count), _) => innermost_functions(model, item, count),
        (ItemKind::Stack { count, function, depth, .. }, _) => {
            stack_facts(model, item, (count, function, depth))
        }
        _ => Vec::new(),
    }
}

/// How many samples a box is, and what of it is known.
fn stack_facts(
    model: &TraceModel,
    item: &LaneItem,
    (count, function, depth): (usize, Option<StringId>, u16),
) -> Vec<String> {
    let mut lines = vec![samples_text(count)];
    if function.is_none() {
        let at_depth = |row: usize| {
            let frames = model.tables().stack(model.samples()[row].stack);
            let at = frames.len().checked_sub(1 + usize::from(depth))?;
            Some(model.tables().frame(frames[at]).function)
        };
        lines.extend(frequent_functions(model, item, count, at_depth));
    }
    lines.push("sampled: each sample stands for the running time up to halfway to its neighbors".to_owned());
    lines
}

/// On a P or a thread it matters whose stack it is.
fn goroutine_of_sample(model: &TraceModel, row: usize, lane: Lane) -> Option<String> {
    let sample = model.samples().get(row).filter(|_| !matches!(lane, Lane::Goroutine(_)))?;
    let span = model.span_at(sample.goroutine, sample.time);
    Some(span.map_or("not in a goroutine".to_owned(), |span| {
        format!("of {}", goroutine_name(model, span.goroutine))
    }))
}

/// Where some samples were: the functions at the top of their stacks, the most frequent first.
fn innermost_functions(model: &TraceModel, item: &LaneItem, count: usize) -> Vec<String> {
    let function = |row: usize| {
        let frames = model.tables().stack(model.samples()[row].stack);
        frames.first().map(|&frame| model.tables().frame(frame).function)
    };
    frequent_functions(model, item, count, function)
}

/// The functions that samples of an item have, the most frequent first, with how many have them.
fn frequent_functions(
    model: &TraceModel,
    item: &LaneItem,
    count: usize,
    function: impl Fn(usize) -> Option<StringId>,
) -> Vec<String> {
    let Some(owner) = owner_of(item.lane) else { return Vec::new() };
    let mut counts: BTreeMap<StringId, usize> = BTreeMap::new();
    for name in
        model.lanes().samples_from(owner, item.start).take(count.min(MAX_SAMPLES)).filter_map(function)
    {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<(StringId, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| Reverse(count));
    let text = |(name, count): &(StringId, usize)| {
        format!("{} {}", text::count(*count), short_name(&model.tables().printable(*name)))
    };
    let mut lines: Vec<String> = counts.iter().take(MAX_FUNCTIONS).map(text).collect();
    if counts.len() > MAX_FUNCTIONS {
        lines.push(format!("and {} other functions", counts.len() - MAX_FUNCTIONS));
    }
    if count > MAX_SAMPLES {
        lines.push(format!("of the first {}", text::count(MAX_SAMPLES)));
    }
    lines
}
