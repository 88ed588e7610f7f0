//! The critical path of the chosen instance, above the lanes: what its time went to, and on which goroutine.
//!
//! A frame looks up one segment a point of its width, however many the path has.

use eframe::egui::{RichText, Tooltip, Ui};
use goscope_analysis::symbol::{function_name, short_name};
use goscope_analysis::trace::answers::critical_path::PathSegment;
use goscope_analysis::trace::answers::why::{AnswerKey, key_of};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;
use goscope_parsers::printable;

use super::hover::stack_lines;
use crate::gui::command::Command;
use crate::gui::hue::hue_of_path;
use crate::gui::lane_picture::names::goroutine_name;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::path_ribbon::{RibbonLook, RibbonPiece, path_ribbon_ui};
use crate::gui::widgets::time_axis::TimeScale;
use crate::query::trace::answers::path::{InstancePath, segment_function, waiter_function};
use crate::query::trace::answers::slowest::SlowestQuery;
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Frames of a stack that the tooltip shows.
const MAX_FRAMES: usize = 6;
/// How much of its color is left of what is not the chosen part.
const DIMMED: f32 = 0.22;

/// Draws it for the time that is seen.
pub(super) fn ribbon_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    model: &TraceModel,
    (path, range): (&InstancePath, TimeRange),
) {
    let rect = ui.available_rect_before_wrap();
    let scale = TimeScale {
        start_nanos: range.start_nanos,
        end_nanos: range.end_nanos,
        left: rect.left() + theme::LANE_LABEL_WIDTH,
        right: rect.right(),
    };
    let ribbon = Ribbon { model, path, scale, chosen: chosen_part(ctx), is_dark: ui.visuals().dark_mode };
    let pieces = ribbon.pieces();
    let title = format!("{} · {}", path.title, text::duration(path.path.instance.nanos() as i64));
    let detail = match path.lanes.len() {
        1 => "critical path: its own goroutine".to_owned(),
        n => format!("critical path: {n} goroutines"),
    };
    let look = RibbonLook {
        names: [&title, &detail],
        pieces: &pieces,
        selected: ribbon.selected(ctx, &pieces),
        describe: &|segment| ribbon.spoken_text(segment),
    };
    let (response, events) = path_ribbon_ui(ui, &look);
    if let Some(segment) = events.hovered {
        Tooltip::for_widget(&response).at_pointer().show(|ui| ribbon.tooltip_ui(ui, segment));
    }
    if let Some(segment) = events.clicked {
        ctx.send(Command::Select(ribbon.item(segment)));
    }
    if events.is_closed {
        ctx.send(Command::LeavePath);
    }
}

/// The part of the time that is looked at.
fn chosen_part(ctx: &ViewContext<'_>) -> Option<AnswerKey> {
    let lens = &ctx.lens().trace;
    lens.cause.as_ref()?;
    let query = SlowestQuery { why: lens.why(), cause: lens.cause.clone() };
    ctx.ask("ribbon part", &query).answer?.chosen.map(|(_, key)| key)
}

struct Ribbon<'a> {
    model: &'a TraceModel,
    path: &'a InstancePath,
    scale: TimeScale,
    chosen: Option<AnswerKey>,
    is_dark: bool,
}

impl Ribbon<'_> {
    fn segments(&self) -> &[PathSegment] {
        &self.path.path.segments
    }

    fn since_start(&self, time: i64) -> i64 {
        time.saturating_sub(self.model.range().start)
    }

    /// The first segment that goes on after a moment.
    fn segment_at(&self, nanos: i64) -> usize {
        self.segments().partition_point(|segment| self.since_start(segment.end) <= nanos)
    }

    /// What is seen; of segments narrower than a point, the one that is there where the point begins.
    fn pieces(&self) -> Vec<RibbonPiece> {
        let mut pieces: Vec<RibbonPiece> = Vec::new();
        let mut at = self.segment_at(self.scale.start_nanos);
        let mut left = f32::MIN;
        while let Some(segment) = self.segments().get(at) {
            let begin = self.scale.x(self.since_start(segment.begin)).max(left).max(self.scale.left);
            if begin >= self.scale.right {
                break;
            }
            let end = self.scale.x(self.since_start(segment.end)).max(begin + 1.0);
            let before = pieces.last().map(|piece| &self.segments()[piece.segment]);
            let is_other = before.is_none_or(|before| before.goroutine != segment.goroutine);
            pieces.push(self.piece(at, (begin, end), is_other));
            left = end;
            at = self.segment_at(self.scale.nanos(end)).max(at + 1);
        }
        pieces
    }

    fn piece(&self, at: usize, x: (f32, f32), is_other_goroutine: bool) -> RibbonPiece {
        let segment = &self.segments()[at];
        let hue = hue_of_path(segment.class);
        let fits =
            self.chosen.is_none_or(|key| key_of(self.model, segment, self.path.path.instance.owner) == key);
        let (color, ink) = (hue.color(self.is_dark), hue.ink(self.is_dark));
        let tokens = theme::tokens_of(self.is_dark);
        let colors =
            if fits { (color, ink) } else { (theme::faded(color, tokens.ground, DIMMED), tokens.text_faint) };
        let text = if x.1 - x.0 < theme::SECTION {
            String::new()
        } else {
            let function = function_name(&printable(&segment_function(self.model, segment))).into_owned();
            let goid = self.model.tables().goid(segment.goroutine);
            if is_other_goroutine { format!("G {goid} {function}") } else { function }
        };
        RibbonPiece { segment: at, x, depth: segment.depth, colors, text: text.into() }
    }

    /// The segment during which the chosen span began, if it is on the path.
    fn selected(&self, ctx: &ViewContext<'_>, pieces: &[RibbonPiece]) -> Option<usize> {
        let Some(Item::Span(goid, start)) = ctx.lens().selection else { return None };
        let is_it = |piece: &&RibbonPiece| {
            let segment = &self.segments()[piece.segment];
            let span = self.model.span_at(segment.goroutine, segment.begin);
            let is_there = span.is_some_and(|span| self.since_start(span.start) == start)
                || self.since_start(segment.begin) == start;
            is_there && self.model.tables().goid(segment.goroutine) == goid
        };
        pieces.iter().find(is_it).map(|piece| piece.segment)
    }

    /// What a click on a segment chooses: what its goroutine did then.
    fn item(&self, at: usize) -> Item {
        let segment = &self.segments()[at];
        Item::Span(self.model.tables().goid(segment.goroutine), self.since_start(segment.begin))
    }

    /// `G 52 main.rebuild computes in main.parse, 24.0 ms`.
    fn spoken_text(&self, at: usize) -> String {
        let segment = &self.segments()[at];
        let function = short_name(&printable(&segment_function(self.model, segment))).into_owned();
        let name = goroutine_name(self.model, segment.goroutine);
        let length = text::duration(segment.nanos() as i64);
        format!("{name} {} in {function}, {length}", segment.class.verb())
    }

    fn tooltip_ui(&self, ui: &mut Ui, at: usize) {
        let segment = &self.segments()[at];
        let tokens = theme::tokens(ui);
        let name = goroutine_name(self.model, segment.goroutine);
        ui.label(RichText::new(format!("{name} {}", segment.class.verb())).strong().color(tokens.text));
        for line in self.facts(segment) {
            ui.label(RichText::new(line).font(theme::mono_small()).color(tokens.text_quiet));
        }
        let lines = stack_lines(self.model, segment.stack.stack);
        let inner = lines.len().saturating_sub(usize::from(segment.stack.frames));
        for line in lines.into_iter().skip(inner).take(MAX_FRAMES) {
            ui.label(RichText::new(line).font(theme::mono_small()).color(tokens.text_faint));
        }
    }

    fn facts(&self, segment: &PathSegment) -> Vec<String> {
        let at = text::duration(self.since_start(segment.begin));
        let mut lines = vec![format!("{} at {at}", text::duration(segment.nanos() as i64))];
        if let Some(waiter) = waiter_function(self.model, segment) {
            lines.push(format!("{} waits in {} meanwhile", self.path.title, short_name(&printable(&waiter))));
        }
        if let Some(task) = segment.behind {
            lines.push(format!("works for another task: {}", given_name(self.model.tables(), task)));
        }
        if segment.is_inferred {
            lines.push("concluded: a trace does not say who holds a lock".to_owned());
        }
        lines
    }
}
