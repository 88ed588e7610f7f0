//! How the items of lanes look: colors by state or by package, texts where there is room for them.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::Color32;
use goscope_analysis::symbol::{function_name, short_name};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::TraceModel;
use goscope_flamegraph::palette::{Theme, function_color};
use goscope_parsers::trace::StringId;

use super::items::{LaneItem, What};
use super::layout::Placed;
use super::tiles::Shares;
use crate::document::{DocumentId, TraceDocument};
use crate::gui::hue::hue_of_class;
use crate::gui::theme::{self, StateHue};
use crate::gui::widgets::lane_picture::{LaneSpan, N_SHARES, SpanFill, SpanStyle};
use crate::query::{Lane, SpanTest};
use crate::text;

/// Spans at least this wide get text, in points.
const MIN_TEXT_WIDTH: f32 = 24.0;

/// How wide a letter of the small monospace is at most, in points, and the margins of a text.
const LETTER_WIDTH: f32 = 6.7;
const TEXT_MARGINS: f32 = 6.0;

/// How much of its color is left of what does not fit a filter.
const DIMMED: f32 = 0.22;

/// The classes of a sum from the bottom up: what runs, what wants to, what is blocked, what nobody knows.
const STACKED: [SpanClass; N_SHARES] = [
    SpanClass::Running,
    SpanClass::Runnable,
    SpanClass::Syscall,
    SpanClass::Gc,
    SpanClass::Sync,
    SpanClass::Channel,
    SpanClass::Network,
    SpanClass::Waiting,
    SpanClass::Unknown,
];

/// The colors of the parts of sums, and of those that are dimmed.
pub(super) fn palette(is_dark: bool) -> [[Color32; N_SHARES]; 2] {
    let ground = theme::tokens_of(is_dark).sunken;
    let plain = STACKED.map(|class| hue_of_class(class).color(is_dark));
    [plain, plain.map(|color| theme::faded(color, ground, DIMMED))]
}

/// How functions look, found out once for each: names are hashed for their colors.
#[derive(Debug, Default)]
pub(super) struct FunctionLooks {
    of: Option<(DocumentId, bool)>,
    looks: HashMap<StringId, FunctionLook>,
}

/// Color and names of a function.
#[derive(Clone, Debug)]
struct FunctionLook {
    fill: Color32,
    /// Without the directories of its package, and without the package.
    short: Arc<str>,
    bare: Arc<str>,
}

impl FunctionLooks {
    fn look(&mut self, placed: &Placed<'_>, function: StringId) -> &FunctionLook {
        let of = Some((placed.document, placed.is_dark));
        if self.of != of {
            *self = Self { of, looks: HashMap::new() };
        }
        self.looks.entry(function).or_insert_with(|| {
            let name = placed.trace.model.tables().string_lossy(function);
            let fill = theme::color_from_rgb(function_color(&name, flame_theme(placed.is_dark)));
            let (short, bare) = (short_name(&name).as_ref().into(), function_name(&name).as_ref().into());
            FunctionLook { fill, short, bare }
        })
    }
}

const fn flame_theme(is_dark: bool) -> Theme {
    if is_dark { Theme::Dark } else { Theme::Light }
}

/// How the items of one row are drawn.
pub(super) struct Look<'a> {
    pub(super) placed: &'a Placed<'a>,
    pub(super) row: usize,
    /// Whether the lane fits the filter.
    pub(super) fits: bool,
    pub(super) test: Option<&'a SpanTest>,
}

impl Look<'_> {
    /// A row below a lane, where nothing but text and color depend on the item.
    pub(super) fn place_below(&self, item: &LaneItem, looks: &mut FunctionLooks) -> LaneSpan {
        let (x0, x1) = (self.placed.x_of(item.start), self.placed.x_of(item.end));
        let tokens = self.placed.tokens();
        let span = |x1: f32, fill: SpanFill, text: Arc<str>, style: SpanStyle| {
            let text = Some(text).filter(|text| x1 - x0 >= MIN_TEXT_WIDTH && !text.is_empty());
            LaneSpan { row: self.row, x0, x1, fill, text, style }
        };
        match item.what {
            What::Stack { function, .. } => {
                let ink = theme::color_from_rgb(flame_theme(self.placed.is_dark).text());
                let (fill, text) = self.function(function, x1 - x0, looks);
                span(x1, SpanFill::One(fill, ink), text, SpanStyle::Box)
            }
            What::Note(..) => {
                let text = note_text(&self.placed.trace.model, item);
                let wanted = x0 + TEXT_MARGINS + LETTER_WIDTH * text.chars().count() as f32;
                let fill = SpanFill::One(tokens.control, tokens.text_quiet);
                span(wanted.min(x1 - 2.0).max(x0 + 3.0), fill, text.into(), SpanStyle::Box)
            }
            _ => {
                let fill = SpanFill::One(tokens.accent_soft, tokens.text);
                span(x1, fill, region_text(&self.placed.trace.model, item).into(), SpanStyle::Box)
            }
        }
    }

    /// Its color, and a name that fits.
    fn function(
        &self,
        function: Option<StringId>,
        width: f32,
        looks: &mut FunctionLooks,
    ) -> (Color32, Arc<str>) {
        let Some(function) = function else {
            return (theme::color_from_rgb(flame_theme(self.placed.is_dark).merged()), "".into());
        };
        let look = looks.look(self.placed, function);
        let n_letters = ((width - TEXT_MARGINS) / LETTER_WIDTH).max(0.0) as usize;
        let text = if look.short.len() <= n_letters { &look.short } else { &look.bare };
        (look.fill, Arc::clone(text))
    }

    pub(super) fn place(&self, item: &LaneItem) -> LaneSpan {
        let (x0, x1) = (self.placed.x_of(item.start), self.placed.x_of(item.end));
        let tokens = self.placed.tokens();
        let (fill, style) = match item.what {
            What::Span(_, class, _) => (self.plain(hue_of_class(class), item), SpanStyle::Full),
            What::Sum(_, shares) => (self.sum(&shares, item), SpanStyle::Full),
            What::Pauses(..) => (SpanFill::One(tokens.danger, Color32::WHITE), SpanStyle::Full),
            What::Cycles(..) => (self.plain(StateHue::Gc, item), SpanStyle::Full),
            What::Regions(_, _, depth) => match item.lane {
                Lane::Task(_) => (self.no_state(tokens.accent, item), SpanStyle::Inset),
                _ => (self.no_state(tokens.accent, item), SpanStyle::Under(depth.min(2) as u8)),
            },
            What::Logs(..) => (self.no_state(tokens.text_quiet, item), SpanStyle::Mark),
            What::Samples(..) => (self.no_state(tokens.text, item), SpanStyle::Tick),
            What::Task(_) => (self.plain(StateHue::Waiting, item), SpanStyle::Full),
            What::Stack { .. } | What::Note(..) => (self.no_state(tokens.control, item), SpanStyle::Box),
        };
        let x1 = match style {
            SpanStyle::Mark => x0 + 2.0,
            SpanStyle::Tick => x0 + 1.5,
            _ => x1,
        };
        let text = (x1 - x0 >= MIN_TEXT_WIDTH).then(|| item_text(self.placed.trace, item));
        let text = text.filter(|text| !text.is_empty());
        LaneSpan { row: self.row, x0, x1, fill, text: text.map(Into::into), style }
    }

    fn plain(&self, hue: StateHue, item: &LaneItem) -> SpanFill {
        let is_dark = self.placed.is_dark;
        let ink = if self.item_fits(item) { hue.ink(is_dark) } else { self.placed.tokens().text_quiet };
        SpanFill::One(self.dimmed(hue.color(is_dark), item), ink)
    }

    /// What is no state has none of their colors.
    fn no_state(&self, color: Color32, item: &LaneItem) -> SpanFill {
        SpanFill::One(self.dimmed(color, item), self.placed.tokens().on_accent)
    }

    fn dimmed(&self, color: Color32, item: &LaneItem) -> Color32 {
        match self.item_fits(item) {
            true => color,
            false => theme::faded(color, self.placed.tokens().sunken, DIMMED),
        }
    }

    fn item_fits(&self, item: &LaneItem) -> bool {
        let Some(test) = self.test else { return self.fits };
        let length = item.end.saturating_sub(item.start).unsigned_abs();
        self.fits
            && match item.what {
                What::Span(_, _, cause) => test.fits(cause, length),
                What::Sum(..) => true,
                _ => false,
            }
    }

    fn sum(&self, shares: &Shares, item: &LaneItem) -> SpanFill {
        let longest = item.end.saturating_sub(item.start).unsigned_abs();
        let fits = |class: SpanClass| self.fits && self.test.is_none_or(|test| test.may_fit(class, longest));
        let bits = STACKED.iter().enumerate().map(|(at, &class)| u16::from(!fits(class)) << at);
        SpanFill::Mix { shares: STACKED.map(|class| shares[class.index()]), dimmed: bits.sum() }
    }
}

fn item_text(trace: &TraceDocument, item: &LaneItem) -> String {
    let model = &trace.model;
    let tables = model.tables();
    match (item.what, item.lane) {
        (What::Span(id, ..), Lane::Proc(_) | Lane::Thread(_)) => {
            let Some(span) = model.span(id) else { return String::new() };
            let function = tables.string_lossy(model.start_function(span.goroutine));
            format!("G {} {}", tables.goid(span.goroutine), short_name(&function))
        }
        (What::Span(_, _, cause), _) => {
            let cause = model.cause(cause);
            let reason = tables.string_lossy(cause.reason);
            if cause.state == SpanState::Waiting && !reason.is_empty() {
                reason.into_owned()
            } else {
                cause.state.name().to_owned()
            }
        }
        (What::Task(id), _) => {
            let name = model.task(id).map(|task| tables.string_lossy(task.name)).unwrap_or_default();
            name.into_owned()
        }
        (What::Regions(_, 1, _), Lane::Task(_)) => region_text(model, item),
        (What::Cycles(_, 1), _) => "GC".to_owned(),
        (What::Pauses(row, 1), _) => {
            let pause = trace.pauses.get(row);
            pause.map(|pause| tables.string_lossy(pause.kind).into_owned()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The name of a region, or how many there are.
fn region_text(model: &TraceModel, item: &LaneItem) -> String {
    let region = |row: usize| model.regions().get(row);
    match item.what {
        What::Regions(row, 1, _) => region(row)
            .map(|region| model.tables().string_lossy(region.name).into_owned())
            .unwrap_or_default(),
        What::Regions(_, count, _) => text::count(count),
        _ => String::new(),
    }
}

/// A message with its category, or how many there are.
pub(super) fn note_text(model: &TraceModel, item: &LaneItem) -> String {
    let tables = model.tables();
    match item.what {
        What::Note(row, 1) | What::Logs(row, 1) => {
            let log = model.logs().get(row);
            let text = log.map(|log| match tables.string_lossy(log.category) {
                category if category.is_empty() => tables.string_lossy(log.message).into_owned(),
                category => format!("[{category}] {}", tables.string_lossy(log.message)),
            });
            text.unwrap_or_default()
        }
        What::Note(_, count) | What::Logs(_, count) => format!("{} messages", text::count(count)),
        _ => String::new(),
    }
}

/// The name of a lane.
pub(super) fn lane_label(model: &TraceModel, lane: Lane) -> String {
    let tables = model.tables();
    match lane {
        Lane::Gc => "GC".to_owned(),
        Lane::StoppedWorlds => "stopped worlds".to_owned(),
        Lane::Goroutine(id) => format!("G {}", tables.goid(id)),
        Lane::Proc(id) => format!("P {}", tables.proc_number(id)),
        Lane::Thread(id) => format!("thread {}", tables.thread_number(id)),
        Lane::Task(id) => format!("task {}", tables.task_number(id)),
    }
}
