//! How the items of lanes look: colors by state or by package, texts where there is room for them.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::Color32;
use goscope_analysis::symbol::{function_name, short_name};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::{given_name, task_name};
use goscope_flamegraph::palette::{Theme, function_color};
use goscope_parsers::trace::StringId;

use crate::document::{DocumentId, TraceDocument};
use crate::gui::hue::hue_of_class;
use crate::gui::lane_picture::input::LayoutInput;
use crate::gui::lane_picture::items::{ItemKind, LaneItem};
use crate::gui::lane_picture::layout::{LaneLayout, RowContent, RowItems};
use crate::gui::lane_picture::tile::Shares;
use crate::gui::theme::{self, StateHue, Tokens};
use crate::gui::widgets::lane_shapes::{LaneSpan, N_SHARES, OverlayRange, SpanFill, SpanStyle};
use crate::text;
use goscope_analysis::trace::questions::lane_filter::SpanTest;
use goscope_analysis::trace::questions::lane_groups::Lane;

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
struct FunctionLooks {
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
    fn look(&mut self, input: &LayoutInput<'_>, is_dark: bool, function: StringId) -> &FunctionLook {
        let of = Some((input.document, is_dark));
        if self.of != of {
            *self = Self { of, looks: HashMap::new() };
        }
        self.looks.entry(function).or_insert_with(|| {
            let name = input.model().tables().string_lossy(function);
            let fill = theme::color_from_rgb(function_color(&name, flame_theme(is_dark)));
            let (short, bare) = (short_name(&name).as_ref().into(), function_name(&name).as_ref().into());
            FunctionLook { fill, short, bare }
        })
    }
}

const fn flame_theme(is_dark: bool) -> Theme {
    if is_dark { Theme::Dark } else { Theme::Light }
}

/// The items of a layout as they are drawn, made once for a layout and a theme.
#[derive(Debug, Default)]
pub(super) struct PaintedLanes {
    of: Option<(u64, bool)>,
    pub(super) spans: Vec<LaneSpan>,
    pub(super) overlay: Vec<OverlayRange>,
    functions: FunctionLooks,
}

impl PaintedLanes {
    /// Paints a layout, unless it is painted already. `test` says which spans fit the filter.
    pub(super) fn paint(
        &mut self,
        input: &LayoutInput<'_>,
        layout: &LaneLayout,
        test: Option<&SpanTest>,
        is_dark: bool,
    ) {
        let of = Some((layout.version(), is_dark));
        if self.of == of {
            return;
        }
        self.of = of;
        self.spans.clear();
        for RowItems { row, items, content } in layout.row_items() {
            let items = &layout.items()[items.clone()];
            let style = |fits: bool, test| LaneStyle { input, is_dark, row: *row, fits, test };
            match *content {
                RowContent::Lane { fits, is_filtered } => {
                    let style = style(fits, test.filter(|_| is_filtered));
                    self.spans.extend(items.iter().map(|item| style.place(item)));
                }
                RowContent::Below => {
                    let (style, functions) = (style(true, None), &mut self.functions);
                    self.spans.extend(items.iter().map(|item| style.place_below(item, functions)));
                }
            }
        }
        let range = |item: &LaneItem| OverlayRange {
            x0: input.x_of(item.start),
            x1: input.x_of(item.end),
            color: match item.lane {
                Lane::Gc => StateHue::Gc.color(is_dark),
                _ => theme::tokens_of(is_dark).danger,
            },
        };
        self.overlay = layout.overlay().iter().map(range).collect();
    }
}

/// How the items of one row are drawn.
struct LaneStyle<'a> {
    input: &'a LayoutInput<'a>,
    is_dark: bool,
    row: usize,
    /// Whether the lane fits the filter.
    fits: bool,
    test: Option<&'a SpanTest>,
}

impl LaneStyle<'_> {
    fn tokens(&self) -> &'static Tokens {
        theme::tokens_of(self.is_dark)
    }

    /// A row below a lane, where nothing but text and color depend on the item.
    fn place_below(&self, item: &LaneItem, looks: &mut FunctionLooks) -> LaneSpan {
        let (x0, x1) = (self.input.x_of(item.start), self.input.x_of(item.end));
        let tokens = self.tokens();
        let span = |x1: f32, fill: SpanFill, text: Arc<str>, style: SpanStyle| {
            let text = Some(text).filter(|text| x1 - x0 >= MIN_TEXT_WIDTH && !text.is_empty());
            LaneSpan { row: self.row, x0, x1, fill, text, style }
        };
        match item.kind {
            ItemKind::Stack { function, .. } => {
                let ink = theme::color_from_rgb(flame_theme(self.is_dark).text());
                let (fill, text) = self.function(function, x1 - x0, looks);
                span(x1, SpanFill::One(fill, ink), text, SpanStyle::Box)
            }
            ItemKind::Note(..) => {
                let text = note_text(&self.input.trace.model, item);
                let wanted = x0 + TEXT_MARGINS + LETTER_WIDTH * text.chars().count() as f32;
                let fill = SpanFill::One(tokens.control, tokens.text_quiet);
                span(wanted.min(x1 - 2.0).max(x0 + 3.0), fill, text.into(), SpanStyle::Box)
            }
            _ => {
                let fill = SpanFill::One(tokens.accent_soft, tokens.text);
                span(x1, fill, region_text(&self.input.trace.model, item).into(), SpanStyle::Box)
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
            return (theme::color_from_rgb(flame_theme(self.is_dark).merged()), "".into());
        };
        let look = looks.look(self.input, self.is_dark, function);
        let n_letters = ((width - TEXT_MARGINS) / LETTER_WIDTH).max(0.0) as usize;
        let text = if look.short.len() <= n_letters { &look.short } else { &look.bare };
        (look.fill, Arc::clone(text))
    }

    fn place(&self, item: &LaneItem) -> LaneSpan {
        let (x0, x1) = (self.input.x_of(item.start), self.input.x_of(item.end));
        let tokens = self.tokens();
        let (fill, style) = match item.kind {
            ItemKind::Span(_, class, _) => (self.plain(hue_of_class(class), item), SpanStyle::Full),
            ItemKind::Sum(_, shares) => (self.sum(&shares, item), SpanStyle::Full),
            // Tasks are in no state.
            ItemKind::Members(shares, _) if matches!(item.lane, Lane::Task(_)) => {
                let part = shares.iter().fold(0, |sum: u8, share| sum.saturating_add(*share));
                (self.no_state(tokens.accent, item), SpanStyle::Part(part))
            }
            ItemKind::Members(shares, _) => (self.sum(&shares, item), SpanStyle::Full),
            ItemKind::Pauses(..) => (SpanFill::One(tokens.danger, Color32::WHITE), SpanStyle::Full),
            ItemKind::Cycles(..) => (self.plain(StateHue::Gc, item), SpanStyle::Full),
            ItemKind::Regions(_, _, depth) => match item.lane {
                Lane::Task(_) => (self.no_state(tokens.accent, item), SpanStyle::Inset),
                _ => (self.no_state(tokens.accent, item), SpanStyle::Under(depth.min(2) as u8)),
            },
            ItemKind::Logs(..) => (self.no_state(tokens.text_quiet, item), SpanStyle::Mark),
            ItemKind::Samples(..) => (self.no_state(tokens.text, item), SpanStyle::Tick),
            ItemKind::Task(_) => (self.plain(StateHue::Waiting, item), SpanStyle::Full),
            ItemKind::Stack { .. } | ItemKind::Note(..) => {
                (self.no_state(tokens.control, item), SpanStyle::Box)
            }
        };
        let x1 = match style {
            SpanStyle::Mark => x0 + 2.0,
            SpanStyle::Tick => x0 + 1.5,
            _ => x1,
        };
        let text = (x1 - x0 >= MIN_TEXT_WIDTH).then(|| item_text(self.input.trace, item));
        let text = text.filter(|text| !text.is_empty());
        LaneSpan { row: self.row, x0, x1, fill, text: text.map(Into::into), style }
    }

    fn plain(&self, hue: StateHue, item: &LaneItem) -> SpanFill {
        let is_dark = self.is_dark;
        let ink = if self.item_fits(item) { hue.ink(is_dark) } else { self.tokens().text_quiet };
        SpanFill::One(self.dimmed(hue.color(is_dark), item), ink)
    }

    /// What is no state has none of their colors.
    fn no_state(&self, color: Color32, item: &LaneItem) -> SpanFill {
        SpanFill::One(self.dimmed(color, item), self.tokens().on_accent)
    }

    fn dimmed(&self, color: Color32, item: &LaneItem) -> Color32 {
        match self.item_fits(item) {
            true => color,
            false => theme::faded(color, self.tokens().sunken, DIMMED),
        }
    }

    fn item_fits(&self, item: &LaneItem) -> bool {
        let Some(test) = self.test else { return self.fits };
        let length = item.end.saturating_sub(item.start).unsigned_abs();
        self.fits
            && match item.kind {
                ItemKind::Span(_, _, cause) => test.fits(cause, length),
                ItemKind::Sum(..) => true,
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
    match (item.kind, item.lane) {
        (ItemKind::Span(id, ..), Lane::Proc(_) | Lane::Thread(_)) => {
            let Some(span) = model.span(id) else { return String::new() };
            let function = tables.printable(model.start_function(span.goroutine));
            format!("G {} {}", tables.goid(span.goroutine), short_name(&function))
        }
        (ItemKind::Span(_, _, cause), _) => {
            let cause = model.cause(cause);
            let reason = tables.string_lossy(cause.reason);
            if cause.state == SpanState::Waiting && !reason.is_empty() {
                reason.into_owned()
            } else {
                cause.state.name().to_owned()
            }
        }
        (ItemKind::Task(id), _) => task_name(model, id),
        (ItemKind::Regions(_, 1, _), Lane::Task(_)) => region_text(model, item),
        (ItemKind::Cycles(_, 1), _) => "GC".to_owned(),
        (ItemKind::Pauses(row, 1), _) => {
            let pause = trace.pauses.get(row);
            pause.map(|pause| tables.string_lossy(pause.kind).into_owned()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The name of a region, or how many there are.
fn region_text(model: &TraceModel, item: &LaneItem) -> String {
    let region = |row: usize| model.regions().get(row);
    match item.kind {
        ItemKind::Regions(row, 1, _) => {
            region(row).map(|region| given_name(model.tables(), region.name)).unwrap_or_default()
        }
        ItemKind::Regions(_, count, _) => text::count(count),
        _ => String::new(),
    }
}

/// A log with its category, or how many there are.
pub(super) fn note_text(model: &TraceModel, item: &LaneItem) -> String {
    let tables = model.tables();
    match item.kind {
        ItemKind::Note(row, 1) | ItemKind::Logs(row, 1) => {
            let log = model.logs().get(row);
            let text = log.map(|log| match tables.printable(log.category) {
                category if category.is_empty() => tables.printable(log.message).into_owned(),
                category => format!("[{category}] {}", tables.printable(log.message)),
            });
            text.unwrap_or_default()
        }
        ItemKind::Note(_, count) | ItemKind::Logs(_, count) => format!("{} logs", text::count(count)),
        _ => String::new(),
    }
}
