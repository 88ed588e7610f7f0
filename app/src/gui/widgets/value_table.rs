//! A table of names and numbers: sortable, drawn row by row only where it is seen, numbers aligned on the right.

use std::borrow::Cow;

use eframe::egui::{
    Align, Align2, Color32, InputState, Key, Layout, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    TextFormat, Ui, WidgetInfo,
    accesskit::Action,
    pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};
use egui_extras::{Column, TableBuilder, TableRow};

use super::icon::paint_sort_mark;
use super::meter::paint_meter;
use super::run_marks::{Mark, paint_mark};
use super::table_export::{TableWish, fulfill, table_menu_ui, take_wish};
use crate::gui::theme;

/// How far a row of a tree stands behind the one that it is in, in points.
const INDENT: f32 = 12.0;
/// Rows that are deeper stand no farther to the right.
const MOST_INDENTS: usize = 16;
/// Side of the mark before a name, in points.
const MARK_SIDE: f32 = 8.0;
/// The least room for the column that takes what is left, in points.
const LEAST_NAME_WIDTH: f32 = 120.0;

/// The most room for names that stand before their numbers: on a large screen the eye would lose the row between them.
const MOST_NAME_WIDTH: f32 = 640.0;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnLook {
    /// Its name in the header.
    pub title: &'static str,
    /// What it means.
    pub tooltip: &'static str,
    /// Its width in points; `None` takes what is left.
    pub width: Option<f32>,
    /// Whether a click on the header sorts by it.
    pub is_sortable: bool,
    /// Whether it stands behind all others: long names right of their numbers, however wide the table is.
    pub is_last: bool,
}

/// A column, in one line.
pub const fn column(
    title: &'static str,
    tooltip: &'static str,
    width: Option<f32>,
    is_sortable: bool,
) -> ColumnLook {
    ColumnLook { title, tooltip, width, is_sortable, is_last: false }
}

/// A column of names of functions, which stands behind the numbers.
pub const fn function_column(title: &'static str, tooltip: &'static str) -> ColumnLook {
    ColumnLook { title, tooltip, width: None, is_sortable: true, is_last: true }
}

/// The text of a cell.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What is drawn of a text that is the name of a function.
    pub name: Option<ShownName>,
    /// Its color, if not the usual one.
    pub color: Option<Color32>,
    /// A bar under it, 0..1 of the width of the cell.
    pub meter: Option<f32>,
    /// What is drawn in its place.
    pub mark: Option<Mark>,
    /// Of a row in a tree: how deep it stands, and whether it is open; `None` if nothing is inside it.
    pub tree: Option<(usize, Option<bool>)>,
    /// What is said on hover; empty for nothing.
    pub tooltip: String,
}

/// The name of a function as a table shows it: what tells functions apart, and behind it where its package is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownName {
    /// The function with the last element of its package: `catalog.(*Handler).Serve`.
    pub short: String,
    /// The folders of its package, in a quieter color: `example.com/shop/`.
    pub folders: String,
}

impl Default for Cell<'_> {
    fn default() -> Self {
        Self {
            text: Cow::Borrowed(""),
            name: None,
            color: None,
            meter: None,
            mark: None,
            tree: None,
            tooltip: String::new(),
        }
    }
}

impl Cell<'static> {
    /// Text in the usual color.
    pub fn plain(text: String) -> Self {
        Self { text: Cow::Owned(text), ..Self::default() }
    }

    /// Text in a color.
    pub fn colored(text: String, color: Color32) -> Self {
        Self { color: Some(color), ..Self::plain(text) }
    }
}

/// What the table shows.
pub struct TableLook<'a> {
    /// Tells tables apart.
    pub id_salt: &'static str,
    /// The columns; the first holds names.
    pub columns: &'a [ColumnLook],
    /// Index of the column it is sorted by, and whether the largest come first.
    pub sort: (usize, bool),
    /// Number of rows.
    pub n_rows: usize,
    /// The chosen row.
    pub selected: Option<usize>,
    /// A row to bring into view.
    pub scroll_to: Option<usize>,
}

/// What happened in the table.
#[derive(Debug, Default)]
pub struct TableEvents {
    /// Index of a column whose header was clicked.
    pub sorted: Option<usize>,
    /// A row that was clicked.
    pub clicked: Option<usize>,
    /// A row that is to be opened or closed.
    pub turned: Option<usize>,
    /// A row that was clicked twice.
    pub double_clicked: Option<usize>,
    /// A row that was clicked with the right button.
    pub secondary_clicked: Option<usize>,
    /// The response of that row, to open a menu at.
    pub row_response: Option<(usize, Response)>,
}

/// Shows the table; `cell` gives the text of row and column.
pub fn value_table_ui<'c>(
    ui: &mut Ui,
    look: &TableLook<'_>,
    cell: impl Fn(usize, usize) -> Cell<'c>,
) -> TableEvents {
    marked_table_ui(ui, look, |_| None, cell)
}

/// Shows the table with a mark of its own color before the name of each row: `mark` gives it.
pub fn marked_table_ui<'c>(
    ui: &mut Ui,
    look: &TableLook<'_>,
    mark: impl Fn(usize) -> Option<Color32>,
    cell: impl Fn(usize, usize) -> Cell<'c>,
) -> TableEvents {
    let mut events = TableEvents::default();
    let ctx = ui.ctx().clone();
    let mut wish = take_wish(&ctx);
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let room = ui.available_width();
    let mut table = TableBuilder::new(ui)
        .id_salt(look.id_salt)
        // The row has the focus, and not each of its cells.
        .sense(Sense::CLICK)
        .auto_shrink(false)
        // Where there is little room it scrolls; it does not draw over what is below.
        .min_scrolled_height(0.0)
        .cell_layout(Layout::left_to_right(Align::Center));
    let shown = columns_with_room(look.columns, look.sort.0, room);
    let numbers: f32 = shown.iter().filter_map(|&index| look.columns[index].width).sum();
    for &index in &shown {
        let is_last = shown.last() == Some(&index);
        table = table.column(match look.columns[index].width {
            Some(width) => Column::exact(width),
            None if !is_last && room - numbers > MOST_NAME_WIDTH => Column::exact(MOST_NAME_WIDTH).clip(true),
            None => Column::remainder().at_least(LEAST_NAME_WIDTH).clip(true),
        });
    }
    if let Some(row) = look.scroll_to {
        // In the middle, so that its neighbors are seen too.
        table = table.scroll_to_row(row, Some(Align::Center));
    }
    table
        .header(theme::CONTROL_HEIGHT, |mut header| {
            for &index in &shown {
                header.col(|ui| {
                    let (is_clicked, wished) = header_ui(ui, &look.columns[index], index, look.sort);
                    if is_clicked {
                        events.sorted = Some(index);
                    }
                    wish = wish.or(wished);
                });
            }
        })
        .body(|body| {
            body.rows(theme::ROW_HEIGHT, look.n_rows, |row| {
                row_ui(row, (look, &shown), (&mark, &cell), &mut events);
            });
        });
    if let Some(wish) = wish {
        let titles: Vec<&str> = look.columns.iter().map(|column| column.title).collect();
        let text = |row, column| cell(row, column).text.into_owned();
        fulfill(&ctx, wish, (look.id_salt, &titles, look.n_rows), text);
    }
    events
}

/// The columns that fit into `room`: where there is little, the last ones are left out first, but never the names and
/// what the table is sorted by.
fn columns_with_room(columns: &[ColumnLook], sorted: usize, room: f32) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let width = |index: &usize| columns[*index].width.unwrap_or(LEAST_NAME_WIDTH);
    if columns.first().is_some_and(|names| names.is_last) {
        shown.rotate_left(1);
    }
    while shown.iter().map(width).sum::<f32>() > room {
        let is_droppable = |index: &usize| columns[*index].width.is_some() && *index != sorted;
        match shown.iter().rposition(is_droppable) {
            Some(at) => shown.remove(at),
            None => break,
        };
    }
    shown
}

/// Whether it was clicked, and what its menu was told.
fn header_ui(
    ui: &Ui,
    column: &ColumnLook,
    index: usize,
    (sorted, is_descending): (usize, bool),
) -> (bool, Option<TableWish>) {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    // One that does not sort has a menu all the same.
    let sense = Sense::click();
    let response = ui.interact(rect, ui.scope_id().with(("header", index)), sense);
    let is_sorted = sorted == index;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sort by {}", column.title)));
    let reacts = column.is_sortable && response.hovered();
    let color = if is_sorted || reacts { tokens.text } else { tokens.text_quiet };
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let (align, mark_side) =
        if index == 0 { (Align2::LEFT_CENTER, 1.0) } else { (Align2::RIGHT_CENTER, -1.0) };
    let text = ui.painter().text(align.pos_in_rect(&inner), align, column.title, theme::small(), color);
    if is_sorted {
        let edge = if mark_side > 0.0 { text.right() } else { text.left() };
        paint_sort_mark(
            ui.painter(),
            pos2(edge + mark_side * 8.0, rect.center().y),
            is_descending,
            tokens.accent,
        );
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, tokens.line));
    if response.has_focus() {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, tokens.accent));
    }
    let (is_clicked, wish) = (response.clicked() && column.is_sortable, table_menu_ui(&response));
    response.on_hover_text(column.tooltip);
    (is_clicked, wish)
}

fn row_ui<'c>(
    mut row: TableRow<'_, '_>,
    (look, shown): (&TableLook<'_>, &[usize]),
    (mark, cell): (&impl Fn(usize) -> Option<Color32>, &impl Fn(usize, usize) -> Cell<'c>),
    events: &mut TableEvents,
) {
    let index = row.index();
    row.set_selected(look.selected == Some(index));
    for &column in shown {
        let content = cell(index, column);
        let mark = if column == 0 { mark(index) } else { None };
        let mut is_cut = false;
        let (_, response) = row.col(|ui| {
            is_cut = cell_ui(ui, column, &content, mark);
            if turn_ui(ui, &content) {
                events.turned = Some(index);
            }
            if column == 0 && row_node_ui(ui, &content.text, (index, look.selected == Some(index))) {
                events.clicked = Some(index);
            }
        });
        if column == 0 && is_cut && response.hovered() {
            response.clone().on_hover_text(content.text.as_ref());
        }
        if !content.tooltip.is_empty() && response.hovered() {
            response.on_hover_text(content.tooltip.as_str());
        }
    }
    let response = row.response();
    if response.clicked() {
        events.clicked = Some(index);
    }
    if response.double_clicked() {
        events.double_clicked = Some(index);
    }
    if response.secondary_clicked() {
        events.secondary_clicked = Some(index);
    }
    if response.secondary_clicked() || response.context_menu_opened() {
        events.row_response = Some((index, response));
    }
}

impl ShownName {
    /// Whether it says all that the full name does.
    fn is_whole(&self, full: &str) -> bool {
        full.strip_prefix(self.folders.as_str()) == Some(self.short.as_str())
    }
}

fn name_job(name: &ShownName, color: Color32, faint: Color32) -> LayoutJob {
    let mut job = LayoutJob::single_section(name.short.clone(), TextFormat::simple(theme::mono(), color));
    if !name.folders.is_empty() {
        job.append(&name.folders, 2.0 * theme::GAP, TextFormat::simple(theme::mono_small(), faint));
    }
    job
}

/// The row as a screen reader and the keyboard find it; whether they have clicked it.
fn row_node_ui(ui: &Ui, name: &str, (index, is_selected): (usize, bool)) -> bool {
    let rect = ui.max_rect();
    let node = ui.interact(rect, ui.scope_id().with(("row", index)), Sense::focusable_noninteractive());
    node.widget_info(|| WidgetInfo::selected(Role::Row, true, is_selected, name));
    ui.ctx().accesskit_node_builder(node.id, |node| node.add_action(Action::Click));
    let has_focus = node.has_focus();
    if has_focus {
        let tokens = theme::tokens(ui);
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
    }
    let is_pressed = |input: &InputState| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space);
    ui.input(|input| {
        input.has_accesskit_action_request(node.id, Action::Click) || (has_focus && is_pressed(input))
    })
}

/// How far a row of a tree stands from its left edge.
fn indent(depth: usize) -> f32 {
    // Names are not trusted: what is deeper stands where this is.
    INDENT * depth.min(MOST_INDENTS) as f32
}

/// The mark by which a row of a tree is opened and closed; whether it was clicked.
fn turn_ui(ui: &Ui, content: &Cell<'_>) -> bool {
    let Some((depth, Some(is_open))) = content.tree else { return false };
    let cell = ui.max_rect();
    let left = cell.left() + indent(depth);
    let rect = Rect::from_min_max(pos2(left, cell.top()), pos2(left + theme::GAP + INDENT, cell.bottom()));
    // Without the focus, which the row has: choosing it again does the same.
    let response = ui.interact(rect, ui.scope_id().with("turn"), Sense::CLICK);
    let verb = if is_open { "Close" } else { "Open" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{verb} {}", content.text)));
    let tokens = theme::tokens(ui);
    let color = if response.hovered() { tokens.text } else { tokens.text_quiet };
    let middle = pos2(left + theme::GAP + 3.0, cell.center().y);
    let points = match is_open {
        true => [vec2(-3.5, -2.0), vec2(3.5, -2.0), vec2(0.0, 2.5)],
        false => [vec2(-2.0, -3.5), vec2(-2.0, 3.5), vec2(2.5, 0.0)],
    };
    let points = points.map(|point| middle + point).to_vec();
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
    response.clicked()
}

/// Paints one cell; returns whether its text had to be cut.
fn cell_ui(ui: &Ui, column: usize, content: &Cell<'_>, mark: Option<Color32>) -> bool {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    if let Some(part) = content.meter {
        paint_meter(ui, rect.shrink2(vec2(theme::GAP, 0.0)), part);
    }
    let color = content.color.unwrap_or(tokens.text);
    let mut inner = rect.shrink2(vec2(theme::GAP, 0.0));
    if let Some(mark) = &content.mark {
        paint_mark(ui, inner, mark, color);
        return false;
    }
    if let Some((depth, _)) = content.tree {
        inner.min.x += indent(depth) + INDENT;
    }
    if let Some(mark) = mark {
        let center = pos2(inner.left() + MARK_SIDE / 2.0, inner.center().y);
        ui.painter().rect_filled(Rect::from_center_size(center, vec2(MARK_SIDE, MARK_SIDE)), 1.0, mark);
        inner.min.x += MARK_SIDE + theme::GRID;
    }
    let mut job = match &content.name {
        None => LayoutJob::single_section(
            content.text.clone().into_owned(),
            TextFormat::simple(theme::mono(), color),
        ),
        Some(name) => name_job(name, color, tokens.text_faint),
    };
    job.wrap = TextWrapping::truncate_at_width(inner.width());
    let galley = ui.painter().layout_job(job);
    let align = if column == 0 { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
    let at = align.align_size_within_rect(galley.size(), inner).min;
    let is_shortened = content.name.as_ref().is_some_and(|name| !name.is_whole(&content.text));
    let is_cut = galley.elided || is_shortened;
    ui.painter().galley(at, galley, color);
    is_cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_little_room_names_and_the_sorted_column_stay() {
        let number = |title| column(title, "", Some(60.0), true);
        let columns = [column("name", "", None, true), number("a"), number("b"), number("c")];
        assert_eq!(columns_with_room(&columns, 1, 300.0), [0, 1, 2, 3]);
        assert_eq!(columns_with_room(&columns, 1, 299.0), [0, 1, 2]);
        assert_eq!(columns_with_room(&columns, 3, 190.0), [0, 3]);
        assert_eq!(columns_with_room(&columns, 3, 10.0), [0, 3]);
        let columns = [function_column("function", ""), number("a"), number("b"), number("c")];
        assert_eq!(columns_with_room(&columns, 1, 300.0), [1, 2, 3, 0]);
        assert_eq!(columns_with_room(&columns, 3, 240.0), [1, 3, 0]);
    }
}
