//! Small icons drawn with lines, so that they are sharp at any scale and take the color of the text.

use eframe::egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::gui::theme;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// ×
    Close,
    /// Three lines.
    Menu,
    /// A magnifying glass.
    Search,
    /// +
    Plus,
    /// An arrow that turns back.
    Undo,
    /// An arrow that turns forward.
    Redo,
    /// A sun: goes to the light theme.
    Sun,
    /// A moon: goes to the dark theme.
    Moon,
    /// Boxes that get narrower downwards.
    Icicle,
    /// Boxes that get narrower upwards.
    Flame,
    /// Two arrows, up and down.
    Invert,
    /// A function between its callers and callees.
    Sandwich,
    /// Two lines with three dots between them.
    Fold,
    /// A window with a band at the bottom.
    PanelBottom,
    /// A window with a band at the right.
    PanelRight,
    /// A sheet of paper.
    File,
    /// An exclamation mark in a ring.
    Warning,
    /// Two arrows, left and right.
    Swap,
    /// Angle brackets.
    Code,
    /// A box above two others.
    Graph,
}

/// A button that shows an icon and says `name` to screen readers; the tooltip names it for everyone else.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    toggle_icon_button(ui, icon, name, false)
}

/// An icon button whose icon is lit while it is on.
pub fn toggle_icon_button(ui: &mut Ui, icon: Icon, name: &str, is_on: bool) -> Response {
    let side = theme::CONTROL_HEIGHT;
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_on, name));
    if ui.is_rect_visible(rect) {
        let tokens = theme::tokens(ui);
        let visuals = ui.style().interact(&response);
        if response.hovered() || response.has_focus() {
            let stroke = if response.has_focus() { visuals.bg_stroke } else { Stroke::NONE };
            ui.painter().rect(rect, visuals.corner_radius, visuals.weak_bg_fill, stroke, StrokeKind::Inside);
        }
        let color = if is_on {
            tokens.accent
        } else if response.hovered() {
            tokens.text
        } else {
            tokens.text_quiet
        };
        let color = if ui.is_enabled() { color } else { ui.visuals().disable(color) };
        paint_icon(ui.painter(), rect.center(), icon, color);
    }
    response
}

/// Paints an icon around a point.
pub fn paint_icon(painter: &Painter, center: Pos2, icon: Icon, color: Color32) {
    let pen = Pen { painter, center, stroke: Stroke::new(1.4, color) };
    match icon {
        Icon::Close => pen.lines(&[&[(-3.5, -3.5), (3.5, 3.5)], &[(3.5, -3.5), (-3.5, 3.5)]]),
        Icon::Menu => {
            pen.lines(&[
                &[(-5.5, -4.0), (5.5, -4.0)],
                &[(-5.5, 0.0), (5.5, 0.0)],
                &[(-5.5, 4.0), (5.5, 4.0)],
            ]);
        }
        Icon::Search => {
            pen.circle((-1.0, -1.0), 4.0);
            pen.lines(&[&[(2.0, 2.0), (5.5, 5.5)]]);
        }
        Icon::Plus => pen.lines(&[&[(-4.5, 0.0), (4.5, 0.0)], &[(0.0, -4.5), (0.0, 4.5)]]),
        Icon::Undo => pen.turn(-1.0),
        Icon::Redo => pen.turn(1.0),
        Icon::Sun => pen.sun(),
        Icon::Moon => pen.moon(),
        Icon::Icicle => pen.stairs(-1.0),
        Icon::Flame => pen.stairs(1.0),
        Icon::Invert => pen.lines(&[
            &[(-3.0, 5.0), (-3.0, -5.0)],
            &[(-5.5, -2.5), (-3.0, -5.0), (-0.5, -2.5)],
            &[(3.0, -5.0), (3.0, 5.0)],
            &[(0.5, 2.5), (3.0, 5.0), (5.5, 2.5)],
        ]),
        Icon::Sandwich => {
            pen.rect((-6.0, -1.5), (6.0, 1.5));
            pen.lines(&[&[(-4.0, -5.0), (4.0, -5.0)], &[(-4.0, 5.0), (4.0, 5.0)]]);
        }
        Icon::Fold => {
            pen.lines(&[&[(-5.5, -5.0), (5.5, -5.0)], &[(-5.5, 5.0), (5.5, 5.0)]]);
            for x in [-3.5, 0.0, 3.5] {
                pen.lines(&[&[(x - 0.5, 0.0), (x + 0.5, 0.0)]]);
            }
        }
        Icon::PanelBottom => {
            pen.frame();
            pen.lines(&[&[(-6.0, 2.0), (6.0, 2.0)]]);
        }
        Icon::PanelRight => {
            pen.frame();
            pen.lines(&[&[(2.0, -5.0), (2.0, 5.0)]]);
        }
        Icon::Code => {
            pen.lines(&[&[(-2.0, -4.0), (-6.0, 0.0), (-2.0, 4.0)], &[(2.0, -4.0), (6.0, 0.0), (2.0, 4.0)]]);
        }
        Icon::Graph => {
            pen.rect((-2.0, -6.0), (2.0, -2.0));
            pen.rect((-6.0, 2.0), (-2.0, 6.0));
            pen.rect((2.0, 2.0), (6.0, 6.0));
            pen.lines(&[&[(-1.0, -2.0), (-4.0, 2.0)], &[(1.0, -2.0), (4.0, 2.0)]]);
        }
        Icon::File => pen.sheet(0.0),
        Icon::Warning => {
            pen.circle((0.0, 0.0), 5.5);
            pen.lines(&[&[(0.0, -3.0), (0.0, 0.8)], &[(0.0, 2.6), (0.0, 3.2)]]);
        }
        Icon::Swap => pen.lines(&[
            &[(-5.0, -3.0), (5.0, -3.0)],
            &[(2.5, -5.5), (5.0, -3.0), (2.5, -0.5)],
            &[(5.0, 3.0), (-5.0, 3.0)],
            &[(-2.5, 0.5), (-5.0, 3.0), (-2.5, 5.5)],
        ]),
    }
}

/// Draws around a center, in points.
struct Pen<'a> {
    painter: &'a Painter,
    center: Pos2,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.center + vec2(x, y)
    }

    fn lines(&self, lines: &[&[(f32, f32)]]) {
        for line in lines {
            self.painter.add(Shape::line(line.iter().map(|&point| self.at(point)).collect(), self.stroke));
        }
    }

    fn circle(&self, center: (f32, f32), radius: f32) {
        self.painter.circle_stroke(self.at(center), radius, self.stroke);
    }

    fn rect(&self, min: (f32, f32), max: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(min), self.at(max));
        self.painter.rect_stroke(rect, 1.5, self.stroke, StrokeKind::Middle);
    }

    fn frame(&self) {
        self.rect((-6.0, -5.0), (6.0, 5.0));
    }

    fn sheet(&self, dx: f32) {
        let points = [(-4.0, -6.0), (1.0, -6.0), (4.0, -3.0), (4.0, 6.0), (-4.0, 6.0), (-4.0, -6.0)];
        let outline: Vec<(f32, f32)> = points.iter().map(|&(x, y)| (x + dx, y)).collect();
        self.lines(&[&outline, &[(1.0 + dx, -6.0), (1.0 + dx, -3.0), (4.0 + dx, -3.0)]]);
    }

    /// An arrow that goes around; `side` is where its head points, -1 left or 1 right.
    fn turn(&self, side: f32) {
        let arc: Vec<(f32, f32)> = (0..=10_u8)
            .map(|step| {
                let angle = std::f32::consts::PI * (-0.5 + f32::from(step) / 10.0);
                (-side * (4.0 * angle.cos() - 0.5), 1.0 + 3.5 * angle.sin())
            })
            .collect();
        let (top, bottom) = ((side * 5.0, -2.5), (side * 3.0, 4.5));
        let mut line = vec![top];
        line.extend(arc);
        line.push(bottom);
        self.lines(&[&line, &[(side * 2.5, -5.0), top, (side * 2.5, 0.0)]]);
    }

    fn sun(&self) {
        self.circle((0.0, 0.0), 2.8);
        for step in 0..8_u8 {
            let (sin, cos) = (std::f32::consts::FRAC_PI_4 * f32::from(step)).sin_cos();
            self.lines(&[&[(4.6 * cos, 4.6 * sin), (6.2 * cos, 6.2 * sin)]]);
        }
    }

    /// A disc with a bite at the upper right: one arc around, one back.
    fn moon(&self) {
        let arc = |(x, y): (f32, f32), radius: f32, from: f32, to: f32| {
            (0..=16_u8).map(move |step| {
                let (sin, cos) = (from + (to - from) * f32::from(step) / 16.0).to_radians().sin_cos();
                (x + radius * cos, y + radius * sin)
            })
        };
        let around = arc((0.0, 0.0), 5.5, 15.0, 255.0);
        let back = arc((3.1, -3.1), 5.03, 206.0, 64.0);
        let points: Vec<(f32, f32)> = around.chain(back).collect();
        self.lines(&[&points]);
    }

    /// Three bars of falling width; `up` is 1 if the widest is at the bottom, -1 if it is on top.
    fn stairs(&self, up: f32) {
        let thick = Stroke::new(2.6, self.stroke.color);
        for (row, half_width) in [(4.0, 6.0), (0.0, 4.0), (-4.0, 2.0)] {
            let y = up * row;
            self.painter.line_segment([self.at((-6.0, y)), self.at((-6.0 + 2.0 * half_width, y))], thick);
        }
    }
}

/// A small triangle that says in which order a column is.
pub fn paint_sort_mark(painter: &Painter, center: Pos2, is_descending: bool, color: Color32) {
    let down = if is_descending { 1.0 } else { -1.0 };
    let at = |x: f32, y: f32| pos2(center.x + x, center.y + down * y);
    painter.add(Shape::convex_polygon(
        vec![at(-3.5, -2.0), at(3.5, -2.0), at(0.0, 2.5)],
        color,
        Stroke::NONE,
    ));
}

/// Text cut at `width` with an ellipsis; returns the rectangle it took.
pub fn paint_clipped_text(
    painter: &Painter,
    rect: Rect,
    align: Align2,
    text: &str,
    (font, color): (eframe::egui::FontId, Color32),
) -> bool {
    let mut job = eframe::egui::text::LayoutJob::single_section(
        text.to_owned(),
        eframe::egui::TextFormat::simple(font, color),
    );
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = painter.layout_job(job);
    let is_cut = galley.elided;
    let at = align.align_size_within_rect(galley.size(), rect).min;
    painter.galley(at, galley, color);
    is_cut
}
