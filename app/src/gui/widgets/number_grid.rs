//! A few numbers in rows and columns: names on the left, numbers aligned on the right, no wider than needed.

use std::sync::Arc;

use eframe::egui::{Color32, FontId, Galley, Sense, Ui, pos2, vec2};

use crate::gui::theme;

/// A cell.
#[derive(Clone, Debug)]
pub struct GridCell {
    /// The text.
    pub text: String,
    /// Its letters.
    pub font: FontId,
    /// Its color.
    pub color: Color32,
}

/// Shows the rows; the first column is aligned on the left.
pub fn number_grid_ui(ui: &mut Ui, rows: &[Vec<GridCell>]) {
    const COLUMN_GAP: f32 = 5.0 * theme::GRID;
    let galleys: Vec<Vec<Arc<Galley>>> = rows
        .iter()
        .map(|row| {
            let lay_out = |cell: &GridCell| {
                ui.painter().layout_no_wrap(cell.text.clone(), cell.font.clone(), cell.color)
            };
            row.iter().map(lay_out).collect()
        })
        .collect();
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width_of = |column: usize| {
        let cells = galleys.iter().filter_map(|row| row.get(column));
        cells.map(|galley| galley.size().x).fold(0.0, f32::max).ceil()
    };
    let widths: Vec<f32> = (0..n_columns).map(width_of).collect();
    let gaps = COLUMN_GAP * n_columns.saturating_sub(1) as f32;
    let size = vec2(widths.iter().sum::<f32>() + gaps, rows.len() as f32 * (theme::ROW_HEIGHT - 2.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let mut top = rect.top();
    for (row, cells) in galleys.into_iter().zip(rows) {
        let mut left = rect.left();
        for (column, (galley, cell)) in row.into_iter().zip(cells).enumerate() {
            let indent = if column == 0 { 0.0 } else { widths[column] - galley.size().x };
            let y = top + (theme::ROW_HEIGHT - 2.0 - galley.size().y) / 2.0;
            ui.painter().galley(pos2(left + indent, y), galley, cell.color);
            left += widths[column] + COLUMN_GAP;
        }
        top += theme::ROW_HEIGHT - 2.0;
    }
    let spoken = || {
        let texts: Vec<String> = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Label, true, texts.join(", "))
    };
    response.widget_info(spoken);
}
