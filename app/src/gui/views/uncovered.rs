//! What did not run, the largest first; a click shows it in its source.

use eframe::egui::Ui;

use crate::gui::command::Command;
use crate::gui::parts::function_table::table_header_ui;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::testing::coverage_rows::UncoveredQuery;
use crate::text;

/// The view.
pub struct UncoveredView;

const COLUMNS: &[ColumnLook] = &[
    column("function", "The function in which it is", None, false),
    column("lines", "From the first to the last line that did not run", Some(92.0), false),
    column("not run", "Statements that did not run", Some(72.0), false),
];

impl View for UncoveredView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Uncovered
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let (lens, testing) = (ctx.lens(), &ctx.lens().testing);
        let question = UncoveredQuery { tree: testing.coverage(), containing: lens.table_filter.clone() };
        let shown = ctx.ask("not covered", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Reading the source");
            return;
        };
        let found = &rows.rows;
        table_header_ui(ui, ctx, ViewId::Uncovered.title(), found.len(), &shown.status, |_| ());
        if found.is_empty() {
            sentence_ui(ui, "Every line that can run did.");
            return;
        }
        let look = TableLook {
            id_salt: "not covered",
            columns: COLUMNS,
            sort: (2, true),
            n_rows: found.len(),
            selected: testing.place.as_ref().and_then(|place| rows.row_at(place)),
            scroll_to: None,
        };
        let tokens = theme::tokens(ui);
        let events = value_table_ui(ui, &look, |index, column| {
            let it = &found[index];
            match column {
                0 => Cell { tooltip: it.place.file.clone(), ..Cell::plain(text::name(&it.name)) },
                1 if it.place.line == it.last_line => {
                    Cell::colored(it.last_line.to_string(), tokens.text_quiet)
                }
                1 => Cell::colored(format!("{}–{}", it.place.line, it.last_line), tokens.text_quiet),
                _ => Cell::plain(text::count(usize::try_from(it.statements).unwrap_or(usize::MAX))),
            }
        });
        if let Some(index) = events.clicked.or(events.secondary_clicked) {
            ctx.send(Command::ShowPlace(found[index].place.clone()));
        }
    }
}
