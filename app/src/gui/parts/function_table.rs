//! What the tables of one and of two profiles have in common: the line above them, the chosen row, and what clicks do.

use eframe::egui::{Label, RichText, Ui};
use goscope_analysis::profile::frame::FrameTable;
use goscope_analysis::symbol;

use super::frame_menu::frame_menu_ui;
use super::placeholder::computing_mark_ui;
use crate::derived::Status;
use crate::gui::command::{Command, Motion};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::search_box::{SearchLook, search_box_ui};
use crate::gui::widgets::value_table::{Cell, ShownName, TableEvents};
use crate::gui::widgets::view_bar_ui;
use crate::gui::workspace::Sort;
use crate::query::rows::RowKey;
use crate::query::rows::Rows;
use crate::text;

/// How much room there must be for the title and for buttons, in points.
const LEAST_FOR_TITLE: f32 = 240.0;
const LEAST_FOR_BUTTONS: f32 = 72.0;

/// The line above a table: its name, how many rows, and a field that narrows them.
pub fn table_header_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    title: &str,
    n_rows: usize,
    status: &Status,
    buttons: impl FnOnce(&mut Ui),
) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        if ui.available_width() > LEAST_FOR_TITLE {
            ui.label(RichText::new(title).strong().color(tokens.text));
        }
        let count = RichText::new(text::count(n_rows)).font(theme::mono_small());
        ui.add(Label::new(count.color(tokens.text_faint)).truncate());
        if ui.available_width() > LEAST_FOR_BUTTONS {
            buttons(ui);
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        let look = SearchLook {
            id: ui.make_persistent_id(("table filter", ctx.tab.id.0)),
            name: "Filter table",
            hint: "Filter by name",
            fact: "",
            width: (ui.available_width() * 0.3).clamp(96.0, 220.0),
        };
        if let Some(text) = search_box_ui(ui, look, &ctx.lens().table_filter).text {
            ctx.send(Command::FilterTable(text));
        }
    };
    view_bar_ui(ui, left, right);
}

/// The name of a function: without the folders of its package first, since those tell little.
pub fn name_cell(full: String) -> Cell<'static> {
    let package = symbol::package_of(&full);
    let folders = package.rfind('/').map_or("", |slash| &package[..=slash]).to_owned();
    let short = symbol::short_name(&full).into_owned();
    Cell { name: Some(ShownName { short, folders }), ..Cell::plain(full) }
}

/// The row of the chosen function.
pub fn selected_row<T>(ctx: &ViewContext<'_>, frames: &FrameTable, rows: &Rows<T>) -> Option<usize> {
    let key = ctx.lens().selection.as_ref()?.frame()?;
    rows.place(frames.find(&key.frame())?)
}

/// What passes in a table: the selection that it has brought into view.
#[derive(Debug, Default)]
pub struct TableState {
    scrolled_to: Option<Item>,
}

impl TableState {
    /// The chosen row, once after it was chosen elsewhere: so that the table follows, but can be scrolled away.
    pub fn newly_selected(&mut self, ctx: &ViewContext<'_>, selected: Option<usize>) -> Option<usize> {
        if self.scrolled_to == ctx.lens().selection {
            return None;
        }
        self.scrolled_to.clone_from(&ctx.lens().selection);
        selected
    }

    /// Turns what happened in a table into commands.
    pub fn apply_events(
        &mut self,
        ctx: &ViewContext<'_>,
        events: &TableEvents,
        key_of: impl Fn(usize) -> FrameKey,
        column_of: impl Fn(usize) -> RowKey,
    ) {
        if let Some(index) = events.sorted {
            let column = column_of(index);
            let sort = ctx.lens().sort;
            // Names begin with A, numbers with the largest.
            let is_descending =
                if sort.column == column { !sort.is_descending } else { column != RowKey::Name };
            ctx.send(Command::SortTable(Sort { column, is_descending }));
        }
        let chosen = events.clicked.or(events.secondary_clicked);
        if let Some(index) = chosen {
            let item = Item::Function(key_of(index));
            // The row is in view already; it must not jump to another place under the pointer.
            self.scrolled_to = Some(item.clone());
            ctx.send(Command::Select(item));
        }
        if events.double_clicked.is_some() {
            ctx.send(Command::Move(Motion::FitSelection));
        }
        if let Some((_, response)) = &events.row_response {
            response.context_menu(|ui| frame_menu_ui(ui, ctx));
        }
    }
}
