//! Paints lanes of spans over a common time axis and says what the pointer does to them.
//!
//! It gets rows and spans that are placed and colored already, and only those that are seen. Spans narrower than a
//! point arrive merged, with the shares of the states in them; they are drawn as stacked parts, so that no span
//! vanishes and no color lies.

use eframe::egui::{
    Align2, Mesh, Painter, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use super::flame_canvas::paint_corner;
use super::lane_arrows::ArrowPlace;
use super::lane_shapes::{
    Fit, GroupState, LanePicture, LaneRow, LaneSpan, N_SHARES, RowStyle, SpanFill, SpanStyle,
};
use crate::gui::theme;
use crate::text;

/// Spans narrower than this have no text.
const MIN_TEXT_WIDTH: f32 = 24.0;
/// Spans narrower than this are no nodes of the accessibility tree.
const MIN_NODE_WIDTH: f32 = 24.0;
/// Most spans a picture adds to the accessibility tree.
const MAX_NODES: usize = 300;

/// Stretches of the overlay that are farther apart than this, in points, are seen at full strength.
const OVERLAY_DISTANCE: f32 = 12.0;

/// What the pointer did.
#[derive(Clone, Debug, Default)]
pub struct LaneEvents {
    /// The span under the pointer.
    pub hovered: Option<usize>,
    /// A span that was clicked.
    pub clicked: Option<usize>,
    /// A span that was clicked twice.
    pub double_clicked: Option<usize>,
    /// The row under the pointer, counted from the first one that is seen.
    pub hovered_row: Option<usize>,
    /// A row whose name was clicked.
    pub clicked_row: Option<usize>,
    /// A row whose triangle was clicked.
    pub toggled_row: Option<usize>,
    /// The empty canvas was clicked.
    pub clicked_nothing: bool,
    /// Dragged by so many points.
    pub dragged: Vec2,
    /// The wheel turned by so many points.
    pub scrolled: Vec2,
    /// Zoom by this factor around this x.
    pub zoomed: Option<(f32, f32)>,
    /// A stretch of time that is being measured with the shift key held, as two x.
    pub measured: Option<(f32, f32)>,
    /// The stretch was let go.
    pub measured_end: bool,
}

/// Draws the picture over all the space there is.
pub fn lane_canvas_ui(ui: &mut Ui, name: &str, picture: &LanePicture<'_>) -> (Response, LaneEvents) {
    let size = ui.available_size().max(vec2(theme::LANE_LABEL_WIDTH + 1.0, theme::LANE_HEIGHT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name));
    let frame = Frame::new(rect, picture);
    let mut events = frame.pointer_events(ui, &response);
    let is_spoken = ui.ctx().accesskit_node_builder(response.id, |_| ()).is_some();
    if is_spoken {
        frame.add_nodes(ui, &response, &mut events);
    }
    let of_hovered = events.hovered.map(picture.arrows_of).unwrap_or_default();
    let arrows = frame.arrow_place();
    if ui.is_rect_visible(rect) {
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(frame.lanes, 0.0, theme::tokens(ui).sunken);
        frame.paint_row_grounds(ui, &painter);
        let lanes = painter.with_clip_rect(frame.lanes.intersect(ui.clip_rect()));
        frame.paint_spans(&lanes);
        frame.paint_overlay(&lanes);
        frame.paint_texts(&lanes);
        frame.paint_notes(ui, &lanes);
        frame.paint_marks(ui, &lanes, events.hovered);
        arrows.paint(ui, &lanes, picture.arrows);
        arrows.paint(ui, &lanes, &of_hovered);
        frame.paint_measure(ui, &lanes, events.measured);
        frame.paint_names(ui, &painter);
        frame.paint_flags(ui, &painter);
    }
    if is_spoken {
        arrows.add_nodes(ui, response.id.with("chosen"), picture.arrows);
        arrows.add_nodes(ui, response.id.with("hovered"), &of_hovered);
    }
    (response, events)
}

struct Frame<'a> {
    rect: Rect,
    lanes: Rect,
    picture: &'a LanePicture<'a>,
}

impl<'a> Frame<'a> {
    fn new(rect: Rect, picture: &'a LanePicture<'a>) -> Self {
        let lanes = Rect::from_min_max(pos2(rect.left() + theme::LANE_LABEL_WIDTH, rect.top()), rect.max);
        Self { rect, lanes, picture }
    }

    fn row_top(&self, row: f32) -> f32 {
        self.rect.top() + row * theme::LANE_HEIGHT - self.picture.row_offset
    }

    fn row_rect(&self, row: usize) -> Rect {
        let top = self.row_top(row as f32);
        Rect::from_min_max(pos2(self.rect.left(), top), pos2(self.rect.right(), top + theme::LANE_HEIGHT))
    }

    fn span_rect(&self, span: &LaneSpan) -> Rect {
        let top = self.row_top(span.row as f32);
        let (left, right) = (self.lanes.left() + span.x0, self.lanes.left() + span.x1);
        let (y0, y1) = match span.style {
            SpanStyle::Full => (2.0, theme::LANE_HEIGHT - 2.0),
            SpanStyle::Under(step) => {
                let bottom = theme::LANE_HEIGHT - 2.0 - 3.0 * f32::from(step);
                (bottom - 2.0, bottom)
            }
            SpanStyle::Part(part) => {
                let room = theme::LANE_HEIGHT - 4.0;
                let height = (room * f32::from(part) / 255.0).max(1.0);
                (2.0 + room - height, 2.0 + room)
            }
            SpanStyle::Inset => (5.0, theme::LANE_HEIGHT - 2.0),
            SpanStyle::Mark => (0.0, 5.0),
            SpanStyle::Tick => (theme::LANE_HEIGHT - 6.0, theme::LANE_HEIGHT - 2.0),
            SpanStyle::Box => (0.0, theme::LANE_HEIGHT - 1.0),
        };
        let gap = if span.style == SpanStyle::Box && right - left > 4.0 { 1.0 } else { 0.0 };
        Rect::from_min_max(pos2(left, top + y0), pos2((right - gap).max(left + 1.0), top + y1))
    }

    fn paint_row_grounds(&self, ui: &Ui, painter: &Painter) {
        let tokens = theme::tokens(ui);
        for (index, row) in self.picture.rows.iter().enumerate() {
            let rect = self.row_rect(index);
            if row.is_selected {
                painter.rect_filled(rect, 0.0, tokens.accent_soft);
            } else if matches!(row.kind, RowStyle::Group(_)) {
                painter.rect_filled(rect, 0.0, tokens.raised);
            } else if row.kind == RowStyle::Sub {
                painter.rect_filled(rect, 0.0, tokens.ground);
            }
        }
    }

    fn paint_spans(&self, painter: &Painter) {
        let mut mesh = Mesh::default();
        mesh.reserve_triangles(self.picture.spans.len() * 2);
        mesh.reserve_vertices(self.picture.spans.len() * 4);
        for span in self.picture.spans {
            let rect = self.span_rect(span);
            match &span.fill {
                SpanFill::One(fill, _) => mesh.add_colored_rect(rect, *fill),
                SpanFill::Mix { shares, dimmed } => self.add_parts(&mut mesh, rect, shares, *dimmed),
            }
        }
        painter.add(Shape::mesh(mesh));
    }

    /// The parts of a sum, one on the other; each that is there is at least a point high.
    fn add_parts(&self, mesh: &mut Mesh, rect: Rect, shares: &[u8; N_SHARES], dimmed: u16) {
        let height = rect.height();
        let wanted = shares.map(|share| match share {
            0 => 0.0,
            share => (f32::from(share) / 255.0 * height).max(1.0),
        });
        // What the thin ones take too much is taken from all.
        let scale = (height / wanted.iter().sum::<f32>().max(1.0)).min(1.0);
        let mut bottom = rect.bottom();
        for (at, part) in wanted.into_iter().enumerate().filter(|(_, part)| *part > 0.0) {
            let top = bottom - part * scale;
            let color = self.picture.palette[usize::from(dimmed >> at & 1)][at];
            let part = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), bottom));
            mesh.add_colored_rect(part, color);
            bottom = top;
        }
    }

    fn paint_overlay(&self, painter: &Painter) {
        let mut mesh = Mesh::default();
        // Where there is one beside the other they are paler, so that lanes keep their colors.
        let distance = self.lanes.width() / self.picture.overlay.len().max(1) as f32;
        let strength = (distance / OVERLAY_DISTANCE).clamp(0.2, 1.0);
        for range in self.picture.overlay {
            let left = self.lanes.left() + range.x0;
            let right = (self.lanes.left() + range.x1).max(left + 1.0);
            let rect = |from: f32, to: f32| {
                Rect::from_min_max(pos2(from, self.rect.top()), pos2(to, self.rect.bottom()))
            };
            // Edges, so that a short one is seen as well as a long one.
            mesh.add_colored_rect(rect(left, left + 1.0), range.color.gamma_multiply(0.26 * strength));
            if right - left > 2.0 {
                mesh.add_colored_rect(
                    rect(left + 1.0, right - 1.0),
                    range.color.gamma_multiply(0.12 * strength),
                );
                mesh.add_colored_rect(rect(right - 1.0, right), range.color.gamma_multiply(0.26 * strength));
            }
        }
        painter.add(Shape::mesh(mesh));
    }

    fn paint_texts(&self, painter: &Painter) {
        let font = theme::mono_small();
        let letter = painter.fonts_mut(|fonts| fonts.glyph_width(&font, 'm'));
        for span in self.picture.spans {
            let (Some(text), SpanFill::One(_, ink)) = (&span.text, &span.fill) else { continue };
            let rect = self.span_rect(span).intersect(self.lanes);
            let n_letters = ((rect.width() - 6.0) / letter).max(0.0) as usize;
            if rect.width() < MIN_TEXT_WIDTH || n_letters < 2 {
                continue;
            }
            let fitted = if text.chars().count() <= n_letters {
                text.to_string()
            } else {
                text.chars().take(n_letters - 1).chain(['…']).collect()
            };
            let at = pos2(rect.left() + 3.0, rect.center().y);
            painter.text(at, Align2::LEFT_CENTER, fitted, font.clone(), *ink);
        }
    }

    fn paint_marks(&self, ui: &Ui, painter: &Painter, hovered: Option<usize>) {
        let tokens = theme::tokens(ui);
        let strokes = [
            (hovered, Stroke::new(1.0, tokens.box_hovered)),
            (self.picture.selected, Stroke::new(2.0, tokens.box_selected)),
        ];
        let related =
            self.picture.related.iter().map(|&index| (Some(index), Stroke::new(1.0, tokens.box_selected)));
        for (index, stroke) in related.chain(strokes) {
            if let Some(span) = index.and_then(|index| self.picture.spans.get(index)) {
                painter.rect_stroke(self.span_rect(span), 1.0, stroke, StrokeKind::Outside);
            }
        }
    }

    fn arrow_place(&self) -> ArrowPlace {
        ArrowPlace { lanes: self.lanes, top: self.row_top(0.0) }
    }

    fn paint_measure(&self, ui: &Ui, painter: &Painter, measured: Option<(f32, f32)>) {
        let Some((from, to)) = measured else { return };
        let tokens = theme::tokens(ui);
        let (left, right) = (from.min(to), from.max(to));
        let rect = Rect::from_min_max(pos2(left, self.rect.top()), pos2(right, self.rect.bottom()));
        painter.rect_filled(rect, 0.0, tokens.accent.gamma_multiply(0.18));
        let length = self.picture.scale.nanos(right) - self.picture.scale.nanos(left);
        let text = text::duration(length);
        let at = pos2((left + right) / 2.0, self.rect.top() + 10.0);
        painter.text(at, Align2::CENTER_CENTER, text, theme::mono(), tokens.text);
    }

    /// A corner of what has a note: spans, and the names of lanes.
    fn paint_flags(&self, ui: &Ui, painter: &Painter) {
        let color = theme::tokens(ui).accent;
        let (rows, spans) = self.picture.noted;
        let lanes = painter.with_clip_rect(self.lanes.intersect(painter.clip_rect()));
        for span in spans.iter().filter_map(|&index| self.picture.spans.get(index)) {
            paint_corner(&lanes, self.span_rect(span), color);
        }
        for &row in rows {
            paint_corner(painter, self.row_rect(row).with_max_x(self.lanes.left() - 1.0), color);
        }
    }

    fn paint_names(&self, ui: &Ui, painter: &Painter) {
        let tokens = theme::tokens(ui);
        let left = Rect::from_min_max(self.rect.min, pos2(self.lanes.left(), self.rect.bottom()));
        let painter = painter.with_clip_rect(left.intersect(painter.clip_rect()));
        painter.vline(left.right() - 0.5, left.y_range(), Stroke::new(1.0, tokens.line));
        let font = theme::mono_small();
        let letter = painter.fonts_mut(|fonts| fonts.glyph_width(&font, 'm'));
        for (index, row) in self.picture.rows.iter().enumerate() {
            let rect = self.row_rect(index);
            let x = left.left() + row.kind.label_x();
            let sign = match row.kind {
                RowStyle::Group(state) => state.sign(),
                _ => "",
            };
            let room = ((left.right() - x - 6.0) / letter).max(0.0) as usize;
            let detail_len = if row.detail.is_empty() { 0 } else { row.detail.chars().count() + 1 };
            let name = shortened(&format!("{sign}{}", row.label), room.saturating_sub(detail_len));
            let is_group = matches!(row.kind, RowStyle::Group(_));
            let ink = match row.fit {
                Fit::Dimmed => tokens.text_faint,
                Fit::Fits if is_group || row.is_selected => tokens.text,
                Fit::Fits if row.kind == RowStyle::Sub => tokens.text_faint,
                Fit::Fits => tokens.text_quiet,
            };
            let y = rect.center().y;
            painter.text(pos2(x, y), Align2::LEFT_CENTER, name, font.clone(), ink);
            let at = pos2(left.right() - 6.0, y);
            painter.text(at, Align2::RIGHT_CENTER, &*row.detail, font.clone(), tokens.text_faint);
            if let RowStyle::Lane(Some(state)) = row.kind {
                let ink = if state == GroupState::Open { tokens.text } else { tokens.text_faint };
                let at = self.triangle(index).center();
                painter.text(at, Align2::CENTER_CENTER, state.sign().trim_end(), font.clone(), ink);
            }
        }
    }

    /// Where a lane is unfolded.
    fn triangle(&self, row: usize) -> Rect {
        let rect = self.row_rect(row);
        Rect::from_min_max(pos2(rect.left() + 14.0, rect.top()), pos2(rect.left() + 30.0, rect.bottom()))
    }

    /// What is said in rows without anything else.
    fn paint_notes(&self, ui: &Ui, painter: &Painter) {
        let ink = theme::tokens(ui).text_faint;
        let font = theme::small();
        for (index, row) in self.picture.rows.iter().enumerate().filter(|(_, row)| !row.note.is_empty()) {
            let rect = self.row_rect(index);
            let room = self.lanes.width() - 2.0 * theme::GAP;
            let text = painter.layout_no_wrap(row.note.to_string(), font.clone(), ink);
            let text = if text.size().x <= room {
                text
            } else {
                let n_letters = (room / text.size().x * row.note.chars().count() as f32) as usize;
                painter.layout_no_wrap(shortened(&row.note, n_letters), font.clone(), ink)
            };
            let at = pos2(self.lanes.left() + theme::GAP, rect.center().y - text.size().y / 2.0);
            painter.galley(at, text, ink);
        }
    }

    fn pointer_events(&self, ui: &Ui, response: &Response) -> LaneEvents {
        let mut events = LaneEvents::default();
        let hover = response.hover_pos().filter(|_| !response.dragged());
        events.hovered = hover.and_then(|pos| self.span_at(pos));
        let pointer = ui.input(|input| input.pointer.hover_pos());
        let pointer = pointer.filter(|_| ui.rect_contains_pointer(self.rect));
        events.hovered_row = pointer.and_then(|pos| self.row_at(pos));
        let is_shifted = ui.input(|input| input.modifiers.shift);
        let origin = ui.input(|input| input.pointer.press_origin());
        if let (true, Some(from), Some(to)) = (is_shifted, origin, response.interact_pointer_pos())
            && (response.dragged() || response.drag_stopped())
        {
            events.measured = Some((from.x, to.x));
            events.measured_end = response.drag_stopped();
        } else if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Middle) {
            events.dragged = response.drag_delta();
        }
        if let Some(pos) = response.interact_pointer_pos() {
            self.take_clicks(response, pos, &mut events);
        }
        if let Some(pos) = response.hover_pos() {
            let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            events.scrolled = scroll;
            if zoom != 1.0 {
                events.zoomed = Some((zoom, pos.x));
            }
        }
        events
    }

    fn take_clicks(&self, response: &Response, pos: Pos2, events: &mut LaneEvents) {
        let span = self.span_at(pos);
        if response.double_clicked() {
            events.double_clicked = span;
        }
        if response.clicked() {
            if pos.x < self.lanes.left() {
                let row = self.row_at(pos);
                let is_on_triangle = |&row: &usize| self.can_unfold(row) && self.triangle(row).contains(pos);
                events.toggled_row = row.filter(is_on_triangle);
                events.clicked_row = row.filter(|_| events.toggled_row.is_none());
            } else {
                events.clicked = span;
                events.clicked_nothing = span.is_none();
            }
        }
    }

    fn can_unfold(&self, row: usize) -> bool {
        matches!(self.picture.rows.get(row).map(|row| row.kind), Some(RowStyle::Lane(Some(_))))
    }

    fn row_at(&self, pos: Pos2) -> Option<usize> {
        let row = (pos.y - self.rect.top() + self.picture.row_offset) / theme::LANE_HEIGHT;
        (row >= 0.0 && (row as usize) < self.picture.rows.len()).then_some(row as usize)
    }

    fn span_at(&self, pos: Pos2) -> Option<usize> {
        if !self.lanes.contains(pos) {
            return None;
        }
        let row = self.row_at(pos)?;
        let first = self.picture.spans.partition_point(|span| span.row < row);
        let of_row = self.picture.spans[first..].iter().take_while(|span| span.row == row);
        // Thin spans lie on top of full ones: the last that holds the point is the one that is seen.
        let reach = vec2(1.0, 0.0);
        let hits = of_row.enumerate().filter(|(_, span)| self.span_rect(span).expand2(reach).contains(pos));
        hits.map(|(index, _)| first + index).last()
    }

    fn add_row_nodes(&self, ui: &Ui, canvas: &Response, events: &mut LaneEvents) {
        for (index, row) in self.picture.rows.iter().enumerate().filter(|(_, row)| row.kind == RowStyle::Sub)
        {
            let text = if row.note.is_empty() { &*row.label } else { &*row.note };
            if !text.is_empty() {
                let response =
                    ui.interact(self.row_rect(index), canvas.id.with(("below", index)), Sense::HOVER);
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
            }
        }
        let is_named = |row: &LaneRow| row.kind != RowStyle::Sub;
        for (index, row) in self.picture.rows.iter().enumerate().filter(|(_, row)| is_named(row)) {
            let rect = self.row_rect(index);
            let name = Rect::from_min_max(rect.min, pos2(self.lanes.left(), rect.bottom()));
            let response = ui.interact(name, canvas.id.with(("row", index)), Sense::CLICK);
            let label = || WidgetInfo::labeled(Role::Button, true, format!("Lane {}", row.label));
            response.widget_info(label);
            if response.clicked() {
                events.clicked_row = Some(index);
            }
            let RowStyle::Lane(Some(state)) = row.kind else { continue };
            let response = ui.interact(self.triangle(index), canvas.id.with(("fold", index)), Sense::CLICK);
            let verb = if state == GroupState::Open { "Fold" } else { "Unfold" };
            let label = || WidgetInfo::labeled(Role::Button, true, format!("{verb} {}", row.label));
            response.widget_info(label);
            if response.clicked() {
                events.toggled_row = Some(index);
            }
        }
    }

    fn add_nodes(&self, ui: &Ui, canvas: &Response, events: &mut LaneEvents) {
        self.add_row_nodes(ui, canvas, events);
        let is_node = |span: &LaneSpan| {
            let rect = self.span_rect(span).intersect(self.lanes);
            rect.width() >= MIN_NODE_WIDTH && self.rect.contains(rect.center())
        };
        let wide = self.picture.spans.iter().enumerate().filter(|(_, span)| is_node(span));
        for (index, span) in wide.take(MAX_NODES) {
            let rect = self.span_rect(span).intersect(self.lanes);
            let response = ui.interact(rect, canvas.id.with(("span", index)), Sense::CLICK);
            let label = || WidgetInfo::labeled(Role::Button, true, (self.picture.describe)(index));
            response.widget_info(label);
            // Something thin may lie on top where the pointer is; a screen reader means the span itself.
            let at = |pos: Option<Pos2>| pos.and_then(|pos| self.span_at(pos)).or(Some(index));
            if response.clicked() {
                events.clicked = at(response.interact_pointer_pos());
                events.clicked_nothing = false;
            }
            if response.hovered() {
                events.hovered = at(response.hover_pos());
            }
            if response.double_clicked() {
                events.double_clicked = at(response.interact_pointer_pos());
            }
        }
    }
}

fn shortened(text: &str, n_letters: usize) -> String {
    if text.chars().count() <= n_letters {
        return text.to_owned();
    }
    text.chars().take(n_letters.saturating_sub(1)).chain(['…']).collect()
}
