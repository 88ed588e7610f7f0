//! Paints the boxes of a flame graph and says what the pointer does to them.
//!
//! It gets boxes that are placed and colored already, and only those that are seen. All go into one mesh, so that
//! a frame with ten thousand boxes costs no more than a millisecond or two; only boxes wide enough for a few
//! letters get text, and only the widest are known to screen readers.

use std::sync::Arc;

use eframe::egui::{
    Color32, Galley, Mesh, Painter, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::gui::theme;

/// Boxes narrower than this have no text.
pub const MIN_TEXT_WIDTH: f32 = 28.0;
/// Boxes narrower than this are no nodes of the accessibility tree.
const MIN_NODE_WIDTH: f32 = 40.0;
/// Most nodes a picture adds to the accessibility tree.
const MAX_NODES: usize = 400;
const TEXT_MARGIN: f32 = 4.0;
/// Thickness of the line under what a search found.
const FOUND_LINE: f32 = 2.0;
/// How much of its color lies over other boxes of the chosen function.
const RELATED: f32 = 0.24;

/// A box of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct CanvasBox {
    /// Left edge as a part of the canvas width; may be below 0.
    pub x0: f32,
    /// Right edge; may be above 1.
    pub x1: f32,
    /// Distance from the root.
    pub row: u32,
    /// What the box stands for, in the words of its maker.
    pub node: u32,
    /// Its color.
    pub fill: Color32,
    /// Color of its text.
    pub ink: Color32,
    /// Text for wide and for narrow boxes; absent where there is no room for any.
    pub label: Option<Label>,
    /// Stands for several things that are too narrow for boxes of their own, of which `node` is one.
    pub is_merged: bool,
    /// Whether a search found it: it is underlined, in its own color.
    pub is_found: bool,
}

/// What is written into a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The whole name.
    pub full: Arc<str>,
    /// A name that still tells, for when the whole one does not fit.
    pub short: Arc<str>,
    /// The name without its package.
    pub bare: Arc<str>,
    /// The least that tells something: of a method, its name alone.
    pub least: Arc<str>,
}

/// What to draw.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// Boxes, row by row.
    pub boxes: &'a [CanvasBox],
    /// Number of rows of the whole graph, also those that are not seen.
    pub n_rows: u32,
    /// How far the rows are scrolled, in points.
    pub scroll: f32,
    /// Whether the root is at the bottom.
    pub is_root_below: bool,
    /// The chosen box.
    pub selected: Option<u32>,
    /// Other boxes of the chosen function, by node.
    pub related: &'a dyn Fn(u32) -> bool,
    /// Boxes with a note, by node; `None` where there are no notes.
    pub noted: Option<&'a dyn Fn(u32) -> bool>,
    /// What screen readers say of a node.
    pub describe: &'a dyn Fn(u32) -> String,
}

/// What the pointer did; boxes are named by their index in the picture.
#[derive(Clone, Debug, Default)]
pub struct CanvasEvents {
    /// The box under the pointer.
    pub hovered: Option<usize>,
    /// A box that was clicked.
    pub clicked: Option<usize>,
    /// Whether that was the second click of a double click.
    pub is_double_click: bool,
    /// A box that was clicked with the right button.
    pub secondary_clicked: Option<usize>,
    /// The empty canvas was clicked.
    pub clicked_nothing: bool,
    /// Dragged by so many points.
    pub dragged: Vec2,
    /// The wheel turned by so many points.
    pub scrolled: Vec2,
    /// Zoom by this factor around this part of the width.
    pub zoomed: Option<(f32, f32)>,
}

/// Draws the picture over all the space there is.
pub fn flame_canvas_ui(ui: &mut Ui, name: &str, picture: &Picture<'_>) -> (Response, CanvasEvents) {
    let size = ui.available_size().max(vec2(1.0, theme::FLAME_ROW_HEIGHT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name));
    let frame = Frame { rect, picture };
    let mut events = frame.pointer_events(ui, &response);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(rect, 0.0, theme::tokens(ui).sunken);
        frame.paint_boxes(&painter, theme::tokens(ui).found);
        frame.paint_marks(ui, &painter, events.hovered);
        frame.paint_labels(&painter);
        frame.paint_flags(&painter, theme::tokens(ui).accent);
        frame.paint_scroll_mark(&painter, theme::tokens(ui).text_faint);
    }
    if ui.ctx().accesskit_node_builder(response.id, |_| ()).is_some() {
        frame.add_nodes(ui, &response, &mut events);
    }
    (response, events)
}

/// The picture at its place on the screen.
struct Frame<'a> {
    rect: Rect,
    picture: &'a Picture<'a>,
}

impl Frame<'_> {
    fn x(&self, part: f32) -> f32 {
        (self.rect.left() + part * self.rect.width()).min(self.rect.right()).max(self.rect.left())
    }

    fn y(&self, row: u32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "stacks are not millions of frames deep")]
        let offset = row as f32 * theme::FLAME_ROW_HEIGHT - self.picture.scroll;
        if self.picture.is_root_below {
            self.rect.bottom() - offset - theme::FLAME_ROW_HEIGHT
        } else {
            self.rect.top() + offset
        }
    }

    /// The box without the line under it; at least a hair wide, so that nothing vanishes.
    fn box_rect(&self, place: &CanvasBox) -> Rect {
        let (left, right) = (self.x(place.x0), self.x(place.x1));
        // A gap between neighbors, but not where it would eat most of the box.
        let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
        let top = self.y(place.row);
        Rect::from_min_max(
            pos2(left, top),
            pos2((right - gap).max(left + 0.5), top + theme::FLAME_ROW_HEIGHT - 1.0),
        )
    }

    fn paint_boxes(&self, painter: &Painter, found: Color32) {
        let mut mesh = Mesh::default();
        mesh.reserve_triangles(self.picture.boxes.len() * 2);
        mesh.reserve_vertices(self.picture.boxes.len() * 4);
        let seen = self.rect.y_range();
        for place in self.picture.boxes {
            let rect = self.box_rect(place);
            if rect.max.y >= seen.min && rect.min.y <= seen.max {
                mesh.add_colored_rect(rect, place.fill);
                if place.is_found {
                    mesh.add_colored_rect(rect.with_min_y(rect.bottom() - FOUND_LINE), found);
                }
            }
        }
        painter.add(Shape::mesh(mesh));
    }

    fn paint_marks(&self, ui: &Ui, painter: &Painter, hovered: Option<usize>) {
        let tokens = theme::tokens(ui);
        for (index, place) in self.picture.boxes.iter().enumerate() {
            let stroke = if Some(place.node) == self.picture.selected && !place.is_merged {
                Stroke::new(2.0, tokens.box_selected)
            } else if Some(index) == hovered {
                Stroke::new(1.0, tokens.box_hovered)
            } else if place.label.is_some() && (self.picture.related)(place.node) {
                painter.rect_filled(self.box_rect(place), 0.0, tokens.accent.gamma_multiply(RELATED));
                continue;
            } else {
                continue;
            };
            painter.rect_stroke(self.box_rect(place), 1.0, stroke, StrokeKind::Inside);
        }
    }

    fn paint_labels(&self, painter: &Painter) {
        let font = theme::mono_small();
        // In a monospace the number of letters that fit is known without laying out a single one.
        let letter = painter.fonts_mut(|fonts| fonts.glyph_width(&font, 'm'));
        let seen = self.rect.y_range();
        for place in self.picture.boxes {
            let Some(label) = &place.label else { continue };
            let rect = self.box_rect(place);
            let room = rect.width() - 2.0 * TEXT_MARGIN;
            if rect.max.y < seen.min || rect.min.y > seen.max || room < 2.0 * letter {
                continue;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a screen is a few hundred letters wide"
            )]
            let n_letters = (room / letter) as usize;
            let Some(text) = fitted(label, n_letters) else { continue };
            let galley = painter.layout_no_wrap(text, font.clone(), place.ink);
            paint_in_row(painter, rect, galley, place.ink);
        }
    }

    /// A corner of the boxes that have a note.
    fn paint_flags(&self, painter: &Painter, color: Color32) {
        let Some(noted) = self.picture.noted else { return };
        let is_flagged = |place: &&CanvasBox| !place.is_merged && noted(place.node);
        for place in self.picture.boxes.iter().filter(is_flagged) {
            paint_corner(painter, self.box_rect(place), color);
        }
    }

    /// How much of the rows is seen, at the right edge.
    fn paint_scroll_mark(&self, painter: &Painter, color: Color32) {
        let rows_height = self.picture.n_rows as f32 * theme::FLAME_ROW_HEIGHT;
        let height = self.rect.height();
        if rows_height <= height {
            return;
        }
        let length = (height * height / rows_height).max(24.0);
        let part = self.picture.scroll / (rows_height - height);
        let part = if self.picture.is_root_below { 1.0 - part } else { part };
        let top = self.rect.top() + (height - length) * part.clamp(0.0, 1.0);
        let mark = Rect::from_min_size(pos2(self.rect.right() - 5.0, top), vec2(3.0, length));
        painter.rect_filled(mark.shrink2(vec2(0.0, 2.0)), 1.5, color);
    }

    fn pointer_events(&self, ui: &Ui, response: &Response) -> CanvasEvents {
        let mut events = CanvasEvents::default();
        let hover = response.hover_pos().filter(|_| !response.dragged());
        events.hovered = hover.and_then(|pos| self.box_at(pos));
        if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Middle) {
            events.dragged = response.drag_delta();
        }
        let clicked = response.interact_pointer_pos().and_then(|pos| self.box_at(pos));
        if response.clicked() {
            events.clicked = clicked;
            events.is_double_click = response.double_clicked();
            events.clicked_nothing = clicked.is_none();
        }
        if response.secondary_clicked() {
            events.secondary_clicked = clicked;
        }
        if let Some(pos) = response.hover_pos() {
            let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            events.scrolled = scroll;
            if zoom != 1.0 {
                events.zoomed = Some((zoom, (pos.x - self.rect.left()) / self.rect.width()));
            }
        }
        events
    }

    fn box_at(&self, pos: Pos2) -> Option<usize> {
        if !self.rect.contains(pos) {
            return None;
        }
        let from_root =
            if self.picture.is_root_below { self.rect.bottom() - pos.y } else { pos.y - self.rect.top() };
        let row = (from_root + self.picture.scroll) / theme::FLAME_ROW_HEIGHT;
        if row < 0.0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and few rows"
        )]
        let row = row as u32;
        let part = (pos.x - self.rect.left()) / self.rect.width();
        // Boxes come row by row and from left to right in each.
        let first = self.picture.boxes.partition_point(|place| (place.row, place.x1) < (row, part));
        let found = self.picture.boxes.get(first)?;
        (found.row == row && found.x0 <= part).then_some(first)
    }

    /// Makes the widest boxes known to screen readers, and clickable for them.
    fn add_nodes(&self, ui: &Ui, canvas: &Response, events: &mut CanvasEvents) {
        let is_node = |place: &CanvasBox| {
            let rect = self.box_rect(place);
            !place.is_merged && rect.width() >= MIN_NODE_WIDTH && self.rect.contains(rect.center())
        };
        let wide = self.picture.boxes.iter().enumerate().filter(|(_, place)| is_node(place));
        for (index, place) in wide.take(MAX_NODES) {
            let node = place.node;
            let response = ui.interact(self.box_rect(place), canvas.id.with(node), Sense::CLICK);
            let describe = || WidgetInfo::labeled(Role::Button, true, (self.picture.describe)(node));
            response.widget_info(describe);
            if response.clicked() {
                events.clicked = Some(index);
                events.is_double_click = response.double_clicked();
                events.clicked_nothing = false;
            }
            if response.secondary_clicked() {
                events.secondary_clicked = Some(index);
            }
            if response.hovered() {
                events.hovered = Some(index);
            }
        }
    }
}

/// The mark of a note: the upper right corner of what it is about, as wide as there is room.
pub fn paint_corner(painter: &Painter, rect: Rect, color: Color32) {
    let side = rect.width().min(rect.height()).min(8.0);
    let corner = rect.right_top();
    let points = vec![corner - vec2(side, 0.0), corner, corner + vec2(0.0, side)];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// The text that fits into so many letters: the whole name, a shorter one, or what remains without its middle.
fn fitted(label: &Label, n_letters: usize) -> Option<String> {
    let texts = [&label.full, &label.short, &label.bare, &label.least];
    match texts.into_iter().find(|text| text.chars().count() <= n_letters) {
        Some(text) => Some(text.to_string()),
        None => (n_letters >= 4).then(|| middle_cut(&label.least, n_letters)),
    }
}

/// The beginning and the end of a name: neighbors often begin alike.
fn middle_cut(name: &str, n_letters: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    let kept = n_letters.saturating_sub(1);
    let n_last = kept / 2;
    let first: String = letters.iter().take(kept - n_last).collect();
    let last: String = letters.iter().skip(letters.len().saturating_sub(n_last)).collect();
    format!("{first}…{last}")
}

fn paint_in_row(painter: &Painter, rect: Rect, galley: Arc<Galley>, ink: Color32) {
    let at = pos2(rect.left() + TEXT_MARGIN, (rect.center().y - galley.size().y / 2.0).round());
    painter.galley(at, galley, ink);
}
