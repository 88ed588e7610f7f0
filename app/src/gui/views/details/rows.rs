//! The lines that details are made of: headings, facts, lists of functions with a value.

use eframe::egui::{Align2, Label, Rect, RichText, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::document::Document;
use crate::gui::theme;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::meter::paint_meter;
use crate::text::{self, ValueText};

/// Rows of a list before it is cut.
pub(super) const MAX_ROWS: usize = 12;

/// What a file is.
pub(super) fn document_ui(ui: &mut Ui, title: &str, document: &Document) {
    let Some(profile) = document.profile() else { return };
    let tables = &profile.profile;
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
    let name = RichText::new(document.source.name()).font(theme::mono()).color(theme::tokens(ui).text);
    ui.add(Label::new(name).truncate()).on_hover_text(document.source.place());
    plain_fact_ui(ui, "kind", profile.title());
    if tables.time_nanos != 0 {
        plain_fact_ui(ui, "taken", &text::utc(tables.time_nanos));
    }
    if tables.duration_nanos != 0 {
        plain_fact_ui(ui, "duration", &text::duration(tables.duration_nanos));
    }
    if let Some(period) = tables.period_type.filter(|_| tables.period != 0) {
        let text = ValueText::alone(&tables.text(period.unit)).text(tables.period);
        plain_fact_ui(ui, "period", &format!("{text} of {}", tables.text(period.kind)));
    }
    for (name, count) in [
        ("samples", tables.samples.len()),
        ("functions", tables.functions.len()),
        ("locations", tables.locations.len()),
    ] {
        plain_fact_ui(ui, name, &text::count(count));
    }
    for comment in &tables.comments {
        let text =
            RichText::new(tables.text(*comment)).font(theme::small()).color(theme::tokens(ui).text_quiet);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(theme::MARGIN);
}

pub(super) fn more_ui(ui: &mut Ui, n_rows: usize) {
    if n_rows > MAX_ROWS {
        let text = format!("and {} more", n_rows - MAX_ROWS);
        ui.label(RichText::new(text).font(theme::small()).color(theme::tokens(ui).text_faint));
    }
}

pub(super) fn section_ui(ui: &mut Ui, title: &str) {
    ui.add_space(theme::MARGIN);
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
}

/// A number with its name on the left and its share on the right.
pub(super) fn fact_ui(ui: &mut Ui, name: &str, value: &str, part: &str) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let painter = ui.painter();
    let middle = rect.center().y;
    painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, name, theme::body(), tokens.text_quiet);
    painter.text(pos2(rect.right() - 72.0, middle), Align2::RIGHT_CENTER, value, theme::mono(), tokens.text);
    painter.text(pos2(rect.right(), middle), Align2::RIGHT_CENTER, part, theme::mono(), tokens.text);
}

/// A fact in words, its name on the left.
fn plain_fact_ui(ui: &mut Ui, name: &str, value: &str) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let middle = rect.center().y;
    ui.painter().text(pos2(rect.left(), middle), Align2::LEFT_CENTER, name, theme::body(), tokens.text_quiet);
    let value_rect = Rect::from_min_max(pos2(rect.left() + 76.0, rect.top()), rect.max);
    paint_clipped_text(ui.painter(), value_rect, Align2::RIGHT_CENTER, value, (theme::mono(), tokens.text));
}

/// A line of a list.
pub(super) struct Row<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) part: f32,
    pub(super) tooltip: &'a str,
    pub(super) value_width: f32,
}

/// Room for one value.
pub(super) const VALUE_WIDTH: f32 = 76.0;

/// Shows a line; with a `role` it can be clicked, and screen readers call it by that.
pub(super) fn row_ui(ui: &mut Ui, row: &Row<'_>, role: Option<&str>) -> bool {
    let tokens = theme::tokens(ui);
    let sense = if role.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), sense);
    if let Some(role) = role {
        let full = row.tooltip.lines().next().unwrap_or_default();
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{role} {full}")));
    }
    let painter = ui.painter();
    if role.is_some() && (response.hovered() || response.has_focus()) {
        painter.rect_filled(rect.expand2(vec2(theme::GRID, 0.0)), theme::RADIUS, tokens.row_hovered);
    }
    if response.has_focus() {
        painter.rect_stroke(
            rect.expand2(vec2(theme::GRID, 0.0)),
            theme::RADIUS,
            (1.0, tokens.accent),
            StrokeKind::Inside,
        );
    }
    let value_left = rect.right() - row.value_width;
    paint_meter(ui, Rect::from_min_max(pos2(value_left, rect.top()), rect.max), row.part);
    let name_rect = Rect::from_min_max(rect.min, pos2(value_left - theme::GAP, rect.bottom()));
    let color = if role.is_some() { tokens.text } else { tokens.text_quiet };
    paint_clipped_text(painter, name_rect, Align2::LEFT_CENTER, row.name, (theme::mono(), color));
    painter.text(
        pos2(rect.right() - theme::GRID, rect.center().y),
        Align2::RIGHT_CENTER,
        row.value,
        theme::mono(),
        tokens.text,
    );
    let is_clicked = response.clicked();
    response.on_hover_text(row.tooltip);
    is_clicked
}
