//! Paints the critical path of an instance as a ribbon over a time axis: a box per segment, a step where it goes over
//! to another goroutine.

use std::sync::Arc;

use eframe::egui::{
    Align2, Button, Color32, Painter, Pos2, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use super::icon::paint_clipped_text;
use crate::gui::theme;

/// Height of a box, and of a step down to the goroutine that is waited for, in points.
const BOX_HEIGHT: f32 = 4.0 * theme::GRID;
const STEP: f32 = 7.0;
/// Steps that are told apart; deeper ones are drawn as the last.
const MAX_STEPS: u16 = 4;
/// Height of a line of names.
const NAME_LINE: f32 = 15.0;
/// Room above and below.
const MARGIN: f32 = theme::GRID;
/// Boxes at least this wide have text and are nodes of the accessibility tree.
const MIN_TEXT_WIDTH: f32 = 28.0;

/// A segment, or what of it is seen.
#[derive(Clone, Debug)]
pub struct RibbonPiece {
    /// Its number.
    pub segment: usize,
    /// Left and right edge, in points.
    pub x: (f32, f32),
    /// How many goroutines wait for it.
    pub depth: u16,
    /// Its color, and that of text on it.
    pub colors: (Color32, Color32),
    /// What is written into it.
    pub text: Arc<str>,
}

/// What is drawn.
pub struct RibbonLook<'a> {
    /// What stands left of it, in two lines.
    pub names: [&'a str; 2],
    /// The segments that are seen, from left to right.
    pub pieces: &'a [RibbonPiece],
    /// The segment that is chosen, if it is one of them.
    pub selected: Option<usize>,
    /// What screen readers say of a segment.
    pub describe: &'a dyn Fn(usize) -> String,
}

/// What the pointer did, by segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct RibbonEvents {
    /// The one under the pointer.
    pub hovered: Option<usize>,
    /// One that was clicked.
    pub clicked: Option<usize>,
    /// It is to be put away.
    pub is_closed: bool,
}

/// Draws it over the whole width.
pub fn path_ribbon_ui(ui: &mut Ui, look: &RibbonLook<'_>) -> (Response, RibbonEvents) {
    let deepest = look.pieces.iter().map(|piece| piece.depth).max().unwrap_or_default();
    // Two lines of names have room, and nothing moves while one looks along a path of the usual depth.
    let steps = deepest.clamp(2, MAX_STEPS);
    let height = 2.0 * MARGIN + BOX_HEIGHT + f32::from(steps) * STEP;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Critical path"));
    let names = Rect::from_min_max(rect.min, pos2(rect.left() + theme::LANE_LABEL_WIDTH, rect.bottom()));
    let frame = Frame { rect, ribbon: Rect::from_min_max(pos2(names.right(), rect.top()), rect.max), look };
    let mut events = RibbonEvents::default();
    let at = |pos: Option<Pos2>| pos.and_then(|pos| frame.piece_at(pos)).map(|piece| piece.segment);
    events.hovered = at(response.hover_pos());
    if response.clicked() {
        events.clicked = at(response.interact_pointer_pos());
    }
    if ui.ctx().accesskit_node_builder(response.id, |_| ()).is_some() {
        frame.add_nodes(ui, &response, &mut events);
    }
    if ui.is_rect_visible(rect) {
        frame.paint(ui, events.hovered);
    }
    events.is_closed = names_ui(ui, names, look.names);
    (response, events)
}

/// The names left of the ribbon, and a way to put it away.
fn names_ui(ui: &mut Ui, rect: Rect, [title, detail]: [&str; 2]) -> bool {
    let tokens = theme::tokens(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let side = theme::ROW_HEIGHT;
    let line = |dy: f32, right: f32, text: &str, color: Color32| {
        let min = pos2(rect.left() + theme::GAP, rect.top() + dy);
        let place = Rect::from_min_max(min, pos2(right, min.y + NAME_LINE));
        paint_clipped_text(&painter, place, Align2::LEFT_TOP, text, (theme::mono_small(), color));
    };
    // The button that puts it away stands beside the first.
    line(MARGIN, rect.right() - side - theme::GRID, title, tokens.text);
    line(MARGIN + NAME_LINE, rect.right() - theme::GRID, detail, tokens.text_faint);
    painter.vline(rect.right() - 0.5, rect.y_range(), Stroke::new(1.0, tokens.line));
    let place = Rect::from_min_size(pos2(rect.right() - side - 2.0, rect.top() + 2.0), vec2(side, side));
    let sign = RichText::new("×").color(tokens.text_quiet);
    // In a place of its own: what comes next stands below the ribbon, not below the button.
    let mut corner = ui.new_child(UiBuilder::new().max_rect(place));
    let button = corner.put(place, Button::new(sign).frame_when_inactive(false).small());
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Put the critical path away"));
    button.on_hover_text("Put the critical path away").clicked()
}

struct Frame<'a> {
    rect: Rect,
    ribbon: Rect,
    look: &'a RibbonLook<'a>,
}

impl Frame<'_> {
    fn box_of(&self, piece: &RibbonPiece) -> Rect {
        let top = self.rect.top() + MARGIN + f32::from(piece.depth.min(MAX_STEPS)) * STEP;
        let (left, right) = (piece.x.0.max(self.ribbon.left()), piece.x.1.min(self.ribbon.right()));
        Rect::from_min_max(pos2(left, top), pos2(right.max(left + 1.0), top + BOX_HEIGHT))
    }

    fn piece_at(&self, pos: Pos2) -> Option<&RibbonPiece> {
        let at = self.look.pieces.partition_point(|piece| piece.x.1 <= pos.x);
        // Over the whole height: the boxes of one moment do not overlap.
        self.look.pieces.get(at).filter(|piece| self.ribbon.contains(pos) && piece.x.0 <= pos.x)
    }

    fn paint(&self, ui: &Ui, hovered: Option<usize>) {
        let tokens = theme::tokens(ui);
        ui.painter().rect_filled(self.rect, 0.0, tokens.ground);
        let painter = ui.painter().with_clip_rect(self.ribbon.intersect(ui.clip_rect()));
        let step = Stroke::new(1.0, tokens.outline);
        for pair in self.look.pieces.windows(2) {
            let (before, after) = (self.box_of(&pair[0]), self.box_of(&pair[1]));
            if before.top() != after.top() {
                let (top, bottom) =
                    (before.center().y.min(after.center().y), before.center().y.max(after.center().y));
                painter.vline(after.left(), top..=bottom, step);
            }
        }
        for piece in self.look.pieces {
            self.paint_piece(&painter, piece);
        }
        let marks = [
            (hovered, Stroke::new(1.0, tokens.box_hovered)),
            (self.look.selected, Stroke::new(2.0, tokens.box_selected)),
        ];
        for (segment, stroke) in marks {
            let piece = self.look.pieces.iter().find(|piece| Some(piece.segment) == segment);
            if let Some(piece) = piece {
                painter.rect_stroke(self.box_of(piece), 1.0, stroke, StrokeKind::Outside);
            }
        }
        painter.hline(self.rect.x_range(), self.rect.bottom() - 0.5, Stroke::new(1.0, tokens.line));
    }

    fn paint_piece(&self, painter: &Painter, piece: &RibbonPiece) {
        let rect = self.box_of(piece);
        let gap = if rect.width() > 3.0 { 1.0 } else { 0.0 };
        let filled = Rect::from_min_max(rect.min, pos2(rect.right() - gap, rect.bottom()));
        painter.rect_filled(filled, 0.0, piece.colors.0);
        if rect.width() >= MIN_TEXT_WIDTH && !piece.text.is_empty() {
            let look = (theme::mono_small(), piece.colors.1);
            paint_clipped_text(
                painter,
                filled.shrink2(vec2(3.0, 0.0)),
                Align2::LEFT_CENTER,
                &piece.text,
                look,
            );
        }
    }

    fn add_nodes(&self, ui: &Ui, canvas: &Response, events: &mut RibbonEvents) {
        for piece in self.look.pieces.iter().filter(|piece| piece.x.1 - piece.x.0 >= MIN_TEXT_WIDTH) {
            let response = ui.interact(self.box_of(piece), canvas.id.with(piece.segment), Sense::CLICK);
            let label = || WidgetInfo::labeled(Role::Button, true, (self.look.describe)(piece.segment));
            response.widget_info(label);
            if response.clicked() {
                events.clicked = Some(piece.segment);
            }
            if response.hovered() {
                events.hovered = Some(piece.segment);
            }
        }
    }
}
