//! Paints boxes and the lines between them under pan and zoom, and says what the pointer does to them.
//!
//! It gets places, colors and texts; what the boxes mean is others' business.

use eframe::egui::epaint::CubicBezierShape;
use eframe::egui::{
    Align2, Color32, FontId, Id, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use crate::gui::theme;

/// How much of a line has to be seen beside the text on it.
const LEAST_SEEN: f32 = 24.0;
/// Letters smaller than this are not drawn.
const MIN_LETTERS: f32 = 5.0;

/// Nothing gets larger than this, or smaller than that.
const ZOOM_RANGE: std::ops::RangeInclusive<f32> = 0.05..=4.0;

/// Which part of a picture is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The point of the picture in the upper left corner of the canvas.
    pub origin: Vec2,
    /// Points on the window for a point of the picture.
    pub zoom: f32,
}

impl Camera {
    /// All of a picture, in the middle.
    pub fn fitting(picture: Vec2, canvas: Vec2) -> Self {
        let room = (canvas - Vec2::splat(2.0 * theme::SECTION)).max(Vec2::splat(1.0));
        let zoom = (room.x / picture.x.max(1.0)).min(room.y / picture.y.max(1.0)).min(1.0);
        let zoom = zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        Self { origin: (picture - canvas / zoom) / 2.0, zoom }
    }

    /// Closer or farther around a point of the canvas, which stays where it is.
    pub fn zoomed(self, factor: f32, around: Vec2) -> Self {
        let zoom = (self.zoom * factor).clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        Self { origin: self.origin + around / self.zoom - around / zoom, zoom }
    }

    /// As near as it is, with this part of the picture in the middle unless it is seen already.
    pub fn showing(self, part: Rect, canvas: Vec2) -> Self {
        let seen = Rect::from_min_size(self.origin.to_pos2(), canvas / self.zoom);
        if seen.contains_rect(part) {
            return self;
        }
        Self { origin: part.center().to_vec2() - canvas / self.zoom / 2.0, ..self }
    }

    /// Moved with the pointer.
    pub fn moved(self, by: Vec2) -> Self {
        Self { origin: self.origin - by / self.zoom, ..self }
    }
}

/// A box.
pub struct CanvasNode<'a> {
    /// Place and size in the picture.
    pub rect: Rect,
    /// Its ground.
    pub fill: Color32,
    /// What is written in it.
    pub lines: &'a [String],
    /// How large its letters are at zoom 1.
    pub font_size: f32,
    /// What screen readers hear.
    pub label: String,
    /// Whether it is chosen.
    pub is_selected: bool,
}

/// A line between boxes.
pub struct CanvasLine<'a> {
    /// Its points; a loop at its box if there are none.
    pub points: &'a [(f32, f32)],
    /// The box of a loop.
    pub own: Rect,
    /// Its color and, at zoom 1, its width.
    pub color: Color32,
    /// Width at zoom 1.
    pub width: f32,
    /// Whether its tangents are horizontal, not vertical.
    pub is_across: bool,
    /// Whether it is dashed.
    pub is_dashed: bool,
    /// What stands beside it.
    pub text: &'a str,
}

/// What the pointer did.
#[derive(Debug)]
pub struct GraphEvents {
    /// The canvas.
    pub canvas: Response,
    /// A box that was clicked, with either button.
    pub clicked: Option<usize>,
    /// The box under the pointer, with its response: for a tooltip and a menu.
    pub hovered: Option<(usize, Response)>,
    /// The response of the box whose menu is open or opens.
    pub menu: Option<Response>,
    /// Where the camera is after drag and wheel.
    pub camera: Camera,
}

/// Shows the picture in all the room there is.
pub fn graph_canvas_ui(
    ui: &mut Ui,
    name: &str,
    camera: Camera,
    (nodes, lines): (&[CanvasNode<'_>], &[CanvasLine<'_>]),
) -> GraphEvents {
    let rect = ui.available_rect_before_wrap();
    let canvas = ui.allocate_rect(rect, Sense::click_and_drag());
    canvas.widget_info(|| WidgetInfo::labeled(Role::Group, true, name));
    let view = Canvas { painter: ui.painter_at(rect), rect, camera };
    let tokens = theme::tokens(ui);
    let weights = lines.iter().filter_map(|line| view.paint_line(line));
    let weights: Vec<Weight<'_>> = weights.collect();
    view.paint_weights(nodes, &weights, (tokens.ground, tokens.text_quiet));
    let mut events = GraphEvents { canvas, clicked: None, hovered: None, menu: None, camera };
    for (index, node) in nodes.iter().enumerate() {
        let Some(response) = node_ui(ui, &view, events.canvas.id.with(index), node) else { continue };
        if response.clicked() || response.secondary_clicked() {
            events.clicked = Some(index);
        }
        if response.secondary_clicked() || response.context_menu_opened() {
            events.menu = Some(response.clone());
        }
        if response.hovered() {
            events.hovered = Some((index, response));
        }
    }
    events.camera = moved_camera(ui, &events.canvas, camera);
    events
}

/// Paints a box; `None` if it is not seen.
fn node_ui(ui: &Ui, view: &Canvas, id: Id, node: &CanvasNode<'_>) -> Option<Response> {
    let tokens = theme::tokens(ui);
    let place = view.rect_of(node.rect);
    if !place.intersects(view.rect) {
        return None;
    }
    let response = ui.interact(place.intersect(view.rect), id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, node.is_selected, node.label.as_str()));
    let frame = if node.is_selected {
        Stroke::new(2.0, tokens.box_selected)
    } else if response.hovered() || response.has_focus() {
        Stroke::new(1.0, tokens.box_hovered)
    } else {
        Stroke::new(1.0, tokens.outline)
    };
    let radius = f32::from(theme::RADIUS) * view.camera.zoom;
    view.painter.rect(place, radius, node.fill, frame, StrokeKind::Middle);
    view.paint_text(place, node, theme::color_from_rgb(theme::flame_theme(ui).text()));
    Some(response)
}

fn moved_camera(ui: &Ui, canvas: &Response, camera: Camera) -> Camera {
    let mut moved = camera;
    if canvas.dragged() {
        moved = moved.moved(canvas.drag_delta());
    }
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|pos| canvas.rect.contains(*pos));
    if let Some(pointer) = pointer.filter(|_| ui.rect_contains_pointer(canvas.rect)) {
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
        moved = if zoom == 1.0 { moved.moved(scroll) } else { moved.zoomed(zoom, pointer - canvas.rect.min) };
    }
    moved
}

struct Canvas {
    painter: Painter,
    rect: Rect,
    camera: Camera,
}

impl Canvas {
    fn pos(&self, (x, y): (f32, f32)) -> Pos2 {
        self.rect.min + (vec2(x, y) - self.camera.origin) * self.camera.zoom
    }

    fn rect_of(&self, rect: Rect) -> Rect {
        Rect::from_min_max(self.pos(rect.min.into()), self.pos(rect.max.into()))
    }

    fn paint_text(&self, place: Rect, node: &CanvasNode<'_>, ink: Color32) {
        // Whole sizes: each size of letters is drawn once and kept.
        let size = (node.font_size * self.camera.zoom).floor();
        if size < MIN_LETTERS {
            return;
        }
        let step = place.height() / (node.lines.len() as f32 + 0.5);
        for (index, text) in node.lines.iter().enumerate() {
            let middle = place.center().y + (index as f32 - (node.lines.len() as f32 - 1.0) / 2.0) * step;
            let at = pos2(place.center().x, middle);
            self.painter.text(at, Align2::CENTER_CENTER, text, FontId::monospace(size), ink);
        }
    }

    /// Paints a line; returns where its weight stands, if it is seen.
    fn paint_line<'t>(&self, line: &CanvasLine<'t>) -> Option<Weight<'t>> {
        let stroke = Stroke::new((line.width * self.camera.zoom).max(0.5), line.color);
        let points: Vec<Pos2> = if line.points.is_empty() {
            self.loop_points(line.own)
        } else {
            line.points.iter().map(|&point| self.pos(point)).collect()
        };
        let bounds = Rect::from_points(&points);
        if !bounds.expand(theme::SECTION).intersects(self.rect) {
            return None;
        }
        let mut flat: Vec<Pos2> = Vec::new();
        if line.points.is_empty() {
            if let &[a, b, c, d] = &*points {
                flat =
                    CubicBezierShape::from_points_stroke([a, b, c, d], false, Color32::TRANSPARENT, stroke)
                        .flatten(None);
            }
        } else {
            points.windows(2).for_each(|ends| flat.extend(curve([ends[0], ends[1]], line.is_across, stroke)));
        }
        self.paint_arrow(&flat, stroke);
        // Before the middle: the head of the arrow has the end to itself.
        let at = flat.get(flat.len() * 9 / 20).copied();
        if line.is_dashed {
            let dash = 6.0 * self.camera.zoom.max(0.3);
            self.painter.extend(Shape::dashed_line(&flat, stroke, dash, dash));
        } else {
            self.painter.add(Shape::line(flat, stroke));
        }
        let weight = |at| Weight { text: line.text, at, line: bounds.size() };
        at.filter(|at| self.rect.contains(*at)).map(weight)
    }

    /// From the right edge of a box, out, and back.
    fn loop_points(&self, own: Rect) -> Vec<Pos2> {
        let place = self.rect_of(own);
        let out = vec2(24.0 * self.camera.zoom, 0.0);
        let [upper, lower] =
            [0.25, 0.75].map(|part| pos2(place.right(), place.top() + place.height() * part));
        vec![upper, upper + out, lower + out, lower]
    }

    fn paint_arrow(&self, points: &[Pos2], stroke: Stroke) {
        let (Some(&end), Some(&before)) = (points.last(), points.iter().rev().nth(1)) else { return };
        let size = (4.0 * self.camera.zoom + stroke.width).min(10.0);
        let along = (end - before).normalized() * size;
        let tip = vec![end, end - along * 1.6 + along.rot90() * 0.6, end - along * 1.6 - along.rot90() * 0.6];
        self.painter.add(Shape::convex_polygon(tip, stroke.color, Stroke::NONE));
    }

    /// The weights of lines, each where no box and no other weight is.
    fn paint_weights(
        &self,
        nodes: &[CanvasNode<'_>],
        weights: &[Weight<'_>],
        (ground, ink): (Color32, Color32),
    ) {
        let size = (11.0 * self.camera.zoom).floor().min(14.0);
        if size < 8.0 {
            return;
        }
        let mut taken: Vec<Rect> = nodes.iter().map(|node| self.rect_of(node.rect)).collect();
        for &Weight { text, at, line } in weights {
            let galley = self.painter.layout_no_wrap(text.to_owned(), FontId::monospace(size), ink);
            // A line that would be hidden, with its arrow, says more than the text on it.
            if (line - galley.size()).max_elem() < LEAST_SEEN * self.camera.zoom {
                continue;
            }
            let place = Align2::CENTER_CENTER.anchor_size(at, galley.size());
            if taken.iter().any(|other| other.intersects(place)) {
                continue;
            }
            self.painter.rect_filled(place.expand2(vec2(2.0, 0.0)), theme::RADIUS, ground);
            self.painter.galley(place.min, galley, ink);
            taken.push(place);
        }
    }
}

/// What stands on a line.
#[derive(Clone, Copy)]
struct Weight<'t> {
    text: &'t str,
    at: Pos2,
    /// Width and height of the line.
    line: Vec2,
}

/// Points between two points, with vertical tangents, or horizontal ones.
fn curve([from, to]: [Pos2; 2], is_across: bool, stroke: Stroke) -> Vec<Pos2> {
    let middle = from.lerp(to, 0.5);
    let (aside, points) = if is_across {
        (from.y - to.y, [from, pos2(middle.x, from.y), pos2(middle.x, to.y), to])
    } else {
        (from.x - to.x, [from, pos2(from.x, middle.y), pos2(to.x, middle.y), to])
    };
    if aside.abs() < 0.5 {
        return vec![from, to];
    }
    CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke).flatten(Some(0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitting_camera_has_the_picture_in_its_middle() {
        let camera = Camera::fitting(vec2(1000.0, 500.0), vec2(548.0, 548.0));
        assert!((camera.zoom - 0.5).abs() < 1e-6);
        let center = camera.origin + vec2(274.0, 274.0) / camera.zoom;
        assert!((center - vec2(500.0, 250.0)).length() < 1e-3);
    }

    #[test]
    fn what_is_shown_moves_only_if_it_was_not_seen() {
        let camera = Camera { origin: vec2(0.0, 0.0), zoom: 0.5 };
        let canvas = vec2(100.0, 100.0);
        let seen = Rect::from_min_size(pos2(10.0, 10.0), vec2(20.0, 20.0));
        assert_eq!(camera.showing(seen, canvas), camera);
        let far = seen.translate(vec2(490.0, 0.0));
        assert_eq!(camera.showing(far, canvas).origin, vec2(410.0, -80.0));
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_while_zooming() {
        let camera = Camera { origin: vec2(30.0, -10.0), zoom: 0.7 };
        let pointer = vec2(120.0, 80.0);
        let before = camera.origin + pointer / camera.zoom;
        let camera = camera.zoomed(1.9, pointer);
        assert!((camera.origin + pointer / camera.zoom - before).length() < 1e-3);
        assert!((camera.zoomed(1e9, pointer).zoom - 4.0).abs() < 1e-6);
    }
}
