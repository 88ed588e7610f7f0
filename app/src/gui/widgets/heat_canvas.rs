//! Draws cells in columns, the darker the more they have, and says which of them a drag covers.

use eframe::egui::{
    Color32, Mesh, PointerButton, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::gui::theme;

/// What to draw.
#[derive(Clone, Copy)]
pub struct HeatPicture<'a> {
    /// Cells, column after column, from the top.
    pub cells: &'a [f32],
    /// The value of the darkest.
    pub most: f32,
    /// Cells of a column.
    pub n_rows: usize,
    /// The first and the last cell that are chosen; all if none is.
    pub chosen: Option<(usize, usize)>,
}

/// What the pointer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeatEvents {
    /// The cell under the pointer.
    pub hovered: Option<usize>,
    /// The cells at both ends of a drag, or of a click.
    pub brushed: Option<(usize, usize)>,
    /// All is wanted again.
    pub is_reset: bool,
}

/// Draws the map over all the space there is.
pub fn heat_canvas_ui(ui: &mut Ui, name: &str, picture: &HeatPicture<'_>) -> (Response, HeatEvents) {
    let size = ui.available_size().max(vec2(64.0, 64.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name));
    let n_rows = picture.n_rows.max(1);
    let n_columns = picture.cells.len().div_ceil(n_rows).max(1);
    let cell_size = vec2(rect.width() / n_columns as f32, rect.height() / n_rows as f32);
    let frame = Frame { rect, cell_size, n_rows, picture };
    if ui.is_rect_visible(rect) {
        frame.paint(ui);
    }
    let events = frame.events(ui, &response);
    (response, events)
}

struct Frame<'a> {
    rect: Rect,
    cell_size: eframe::egui::Vec2,
    n_rows: usize,
    picture: &'a HeatPicture<'a>,
}

impl Frame<'_> {
    fn cell_rect(&self, cell: usize) -> Rect {
        let (column, row) = (cell / self.n_rows, cell % self.n_rows);
        let min = self.rect.min + vec2(column as f32 * self.cell_size.x, row as f32 * self.cell_size.y);
        Rect::from_min_size(min, self.cell_size)
    }

    fn paint(&self, ui: &Ui) {
        let tokens = theme::tokens(ui);
        let painter = ui.painter().with_clip_rect(self.rect.intersect(ui.clip_rect()));
        painter.rect_filled(self.rect, 0.0, tokens.sunken);
        let mut mesh = Mesh::default();
        mesh.reserve_triangles(self.picture.cells.len() * 2);
        mesh.reserve_vertices(self.picture.cells.len() * 4);
        let gap = if self.cell_size.x > 6.0 { 1.0 } else { 0.0 };
        for (cell, &value) in self.picture.cells.iter().enumerate() {
            let rect = self.cell_rect(cell);
            let rect = Rect::from_min_max(rect.min, pos2(rect.max.x - gap, rect.max.y));
            let is_chosen = self.picture.chosen.is_none_or(|(first, last)| (first..=last).contains(&cell));
            let color = self.color(value, tokens.sunken, tokens.accent);
            mesh.add_colored_rect(
                rect,
                if is_chosen { color } else { theme::faded(color, tokens.sunken, 0.45) },
            );
        }
        painter.add(Shape::mesh(mesh));
        for cell in self.picture.chosen.into_iter().flat_map(|(first, last)| [first, last]) {
            painter.rect_stroke(
                self.cell_rect(cell),
                0.0,
                Stroke::new(1.0, tokens.text),
                StrokeKind::Outside,
            );
        }
    }

    /// The square root leaves small values visible beside large ones.
    fn color(&self, value: f32, ground: Color32, hottest: Color32) -> Color32 {
        let part = (value / self.picture.most.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0).sqrt();
        theme::faded(hottest, ground, part)
    }

    /// The cell at a place; beyond the last one, the last.
    fn cell_at(&self, pos: eframe::egui::Pos2) -> Option<usize> {
        let last = self.picture.cells.len().checked_sub(1)?;
        let at = (pos - self.rect.min).max(vec2(0.0, 0.0));
        let row = ((at.y / self.cell_size.y) as usize).min(self.n_rows - 1);
        Some(((at.x / self.cell_size.x) as usize * self.n_rows + row).min(last))
    }

    fn events(&self, ui: &Ui, response: &Response) -> HeatEvents {
        let mut events = HeatEvents { is_reset: response.double_clicked(), ..HeatEvents::default() };
        events.hovered = response.hover_pos().and_then(|pos| self.cell_at(pos));
        let now = response.interact_pointer_pos().and_then(|pos| self.cell_at(pos));
        if response.dragged_by(PointerButton::Primary) {
            let origin = ui.input(|input| input.pointer.press_origin()).and_then(|pos| self.cell_at(pos));
            events.brushed = origin.zip(now);
        } else if response.clicked() && !events.is_reset {
            events.brushed = now.map(|cell| (cell, cell));
        }
        events
    }
}
