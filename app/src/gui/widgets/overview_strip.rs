//! A whole trace at a glance, with a brush that says which part of it the other panels show.
//!
//! ```text
//! ▏▏ ▏   GC cycles and STW pauses   ▏  ▏▏
//! ▃▅▇▇▆  running, runnable stacked ▁▂▃▅▇   one bar a column of the data
//! ╱╲╱╲   heap, and its goal; number of Ps
//! 0 s        1 s   [== brush ==]      3 s   axis
//! ```

use eframe::egui::{
    Color32, CursorIcon, Mesh, Painter, PointerButton, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::time_axis::{TimeScale, paint_axis};
use crate::gui::theme::{self, StateHue};

const AXIS_HEIGHT: f32 = 16.0;
const MARKS_HEIGHT: f32 = 8.0;
/// How close to an edge of the brush the pointer takes hold of it.
const EDGE_REACH: f32 = 6.0;

/// What to draw. All series have one value a column; columns have equal width.
#[derive(Clone, Copy)]
pub struct OverviewPicture<'a> {
    /// Mean number of running goroutines.
    pub running: &'a [f32],
    /// Mean number of runnable goroutines.
    pub runnable: &'a [f32],
    /// Number of Ps; none before it is known.
    pub procs: &'a [Option<u64>],
    /// The number that the bars reach the top with.
    pub most: f32,
    /// Bytes of heap in use; none before the first one is known.
    pub heap: &'a [Option<u64>],
    /// The heap goal, likewise.
    pub heap_goal: &'a [Option<u64>],
    /// The bytes that these lines reach the top with.
    pub heap_most: u64,
    /// GC cycles, in ns since the trace began.
    pub gc: &'a [(i64, i64)],
    /// Stop-the-world pauses, likewise.
    pub stopped: &'a [(i64, i64)],
    /// The length of the trace.
    pub trace_nanos: i64,
    /// What the brush covers, in ns since the trace began.
    pub brush: (i64, i64),
}

/// What the pointer did to the brush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrushEvent {
    /// It covers this now, while the pointer is still down.
    Moved(i64, i64),
    /// The whole trace is wanted.
    Reset,
}

/// Draws the strip over all the space there is.
pub fn overview_strip_ui(ui: &mut Ui, picture: &OverviewPicture<'_>) -> (Response, Option<BrushEvent>) {
    let size = ui.available_size().max(vec2(64.0, AXIS_HEIGHT + MARKS_HEIGHT + 16.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Overview of the trace"));
    let (left, right) = (rect.left(), rect.right());
    let scale = TimeScale { start_nanos: 0, end_nanos: picture.trace_nanos.max(1), left, right };
    if ui.is_rect_visible(rect) {
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        Strip { rect, scale, picture }.paint(ui, &painter);
    }
    let event = brush_event(ui, &response, &scale, picture.brush);
    (response, event)
}

struct Strip<'a> {
    rect: Rect,
    scale: TimeScale,
    picture: &'a OverviewPicture<'a>,
}

impl Strip<'_> {
    fn paint(&self, ui: &Ui, painter: &Painter) {
        let tokens = theme::tokens(ui);
        let is_dark = ui.visuals().dark_mode;
        painter.rect_filled(self.rect, 0.0, tokens.sunken);
        let bars = self.part(MARKS_HEIGHT, self.rect.height() - AXIS_HEIGHT);
        self.paint_bars(painter, bars, is_dark);
        let heap_most = self.picture.heap_most as f32;
        for (values, most, stroke) in [
            (self.picture.procs, self.picture.most, Stroke::new(1.0, tokens.line)),
            (self.picture.heap_goal, heap_most, Stroke::new(1.0, tokens.text_faint)),
            (self.picture.heap, heap_most, Stroke::new(1.5, tokens.accent)),
        ] {
            paint_line(painter, bars, (values, most), stroke);
        }
        let marks = self.part(0.0, MARKS_HEIGHT);
        let gc = StateHue::Gc.color(is_dark);
        self.paint_ranges(painter, marks.shrink2(vec2(0.0, 1.0)), self.picture.gc, gc);
        self.paint_ranges(painter, marks, self.picture.stopped, tokens.danger);
        let axis = self.part(self.rect.height() - AXIS_HEIGHT, self.rect.height());
        paint_axis(painter, axis, &self.scale, (tokens.text_faint, tokens.line));
        self.paint_brush(painter, tokens);
    }

    fn part(&self, from: f32, to: f32) -> Rect {
        let y = |offset: f32| self.rect.top() + offset;
        Rect::from_min_max(pos2(self.rect.left(), y(from)), pos2(self.rect.right(), y(to)))
    }

    fn paint_bars(&self, painter: &Painter, area: Rect, is_dark: bool) {
        let n_columns = self.picture.running.len().max(1) as f32;
        let width = area.width() / n_columns;
        let mut mesh = Mesh::default();
        let columns = self.picture.running.iter().zip(self.picture.runnable).enumerate();
        for (column, (&running, &runnable)) in columns {
            let left = area.left() + column as f32 * width;
            let mut bottom = area.bottom();
            for (value, hue) in [(running, StateHue::Running), (runnable, StateHue::Runnable)] {
                let top = (bottom - value / self.picture.most.max(1.0) * area.height()).max(area.top());
                let bar = Rect::from_min_max(pos2(left, top), pos2(left + width, bottom));
                mesh.add_colored_rect(bar, hue.color(is_dark).gamma_multiply(0.8));
                bottom = top;
            }
        }
        painter.add(Shape::mesh(mesh));
    }

    fn paint_ranges(&self, painter: &Painter, area: Rect, ranges: &[(i64, i64)], color: Color32) {
        let mut mesh = Mesh::default();
        for &(start, end) in ranges {
            let left = self.scale.x(start);
            let right = self.scale.x(end).max(left + 1.0);
            let mark = Rect::from_min_max(pos2(left, area.top()), pos2(right, area.bottom()));
            mesh.add_colored_rect(mark, color);
        }
        painter.add(Shape::mesh(mesh));
    }

    /// What the brush does not cover is veiled.
    fn paint_brush(&self, painter: &Painter, tokens: &theme::Tokens) {
        let (start, end) = self.picture.brush;
        if start <= 0 && end >= self.picture.trace_nanos {
            return;
        }
        let (left, right) = (self.scale.x(start), self.scale.x(end).max(self.scale.x(start) + 2.0));
        let veil = theme::faded(tokens.sunken, tokens.sunken, 1.0).gamma_multiply(0.72);
        let until_left = Rect::from_min_max(self.rect.min, pos2(left, self.rect.bottom()));
        let from_right = Rect::from_min_max(pos2(right, self.rect.top()), self.rect.max);
        painter.rect_filled(until_left, 0.0, veil);
        painter.rect_filled(from_right, 0.0, veil);
        for x in [left, right] {
            painter.vline(x, self.rect.y_range(), Stroke::new(2.0, tokens.accent));
        }
    }
}

fn paint_line(painter: &Painter, area: Rect, (values, most): (&[Option<u64>], f32), stroke: Stroke) {
    let n_columns = values.len().max(1) as f32;
    let x = |column: usize| area.left() + (column as f32 + 0.5) / n_columns * area.width();
    let y = |value: u64| area.bottom() - (value as f32 / most.max(1.0)).min(1.0) * (area.height() - 2.0);
    let points: Vec<_> = values
        .iter()
        .enumerate()
        .filter_map(|(column, value)| value.map(|value| pos2(x(column), y(value))))
        .collect();
    if points.len() > 1 {
        painter.add(Shape::line(points, stroke));
    }
}

/// Which part of the brush a drag has taken hold of.
#[derive(Clone, Copy, Debug)]
enum Grip {
    Left,
    Right,
    Middle,
    /// A new brush begins at this moment.
    New(i64),
}

fn brush_event(ui: &Ui, response: &Response, scale: &TimeScale, brush: (i64, i64)) -> Option<BrushEvent> {
    if response.double_clicked() {
        return Some(BrushEvent::Reset);
    }
    let covers_all = brush.0 <= 0 && brush.1 >= scale.end_nanos;
    let (left, right) = (scale.x(brush.0), scale.x(brush.1));
    let grip_at = |x: f32| match x {
        _ if covers_all => Grip::New(scale.nanos(x)),
        x if (x - left).abs() <= EDGE_REACH => Grip::Left,
        x if (x - right).abs() <= EDGE_REACH => Grip::Right,
        x if left < x && x < right => Grip::Middle,
        x => Grip::New(scale.nanos(x)),
    };
    if let Some(pos) = response.hover_pos() {
        ui.ctx().set_cursor_icon(match grip_at(pos.x) {
            Grip::Left | Grip::Right => CursorIcon::ResizeHorizontal,
            Grip::Middle => CursorIcon::Grab,
            Grip::New(_) => CursorIcon::Crosshair,
        });
    }
    let id = response.id.with("grip");
    if response.drag_started_by(PointerButton::Primary) {
        let origin = ui.input(|input| input.pointer.press_origin())?;
        ui.data_mut(|data| data.insert_temp(id, grip_at(origin.x)));
    }
    if !response.dragged_by(PointerButton::Primary) {
        return None;
    }
    let grip: Grip = ui.data(|data| data.get_temp(id))?;
    let now = scale.nanos(response.interact_pointer_pos()?.x).clamp(0, scale.end_nanos);
    let moved = (f64::from(response.drag_delta().x) * scale.nanos_per_point()) as i64;
    let (start, end) = match grip {
        Grip::Left => (now.min(brush.1), brush.1),
        Grip::Right => (brush.0, now.max(brush.0)),
        Grip::Middle => {
            let moved = moved.min(scale.end_nanos - brush.1).max(-brush.0);
            (brush.0 + moved, brush.1 + moved)
        }
        Grip::New(from) => (from.min(now), from.max(now)),
    };
    Some(BrushEvent::Moved(start, end))
}
