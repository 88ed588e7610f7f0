//! Which of the lines that changed since a commit did not run; a click shows them in their source.

use eframe::egui::{Label, RichText, Ui};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::segmented::list_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::gui::widgets::view_bar_ui;
use crate::query::testing::changed::{Changed, ChangedQuery};
use crate::text;

/// The view.
pub struct ChangedView;

const COLUMNS: &[ColumnLook] = &[
    column("file", "The file below the repository", None, false),
    column("lines", "From the first to the last line that changed and did not run", Some(92.0), false),
    column("", "Whether the profile has the file", Some(120.0), false),
];

impl View for ChangedView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Changed
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let testing = &ctx.lens().testing;
        let question = ChangedQuery { tree: testing.coverage(), reference: testing.reference().to_owned() };
        let shown = ctx.ask("changed and not covered", &question);
        let Some(changed) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Asking git what changed");
            return;
        };
        header_ui(ui, ctx, changed, &shown.status);
        if changed.rows.is_empty() {
            sentence_ui(ui, "Every changed line that can run did.");
            return;
        }
        table_ui(ui, ctx, changed);
    }
}

/// What it comes to, and since when.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, changed: &Changed, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        let sentence = RichText::new(&changed.sentence).color(tokens.text);
        ui.add(Label::new(sentence).truncate()).on_hover_text(&changed.sentence);
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        let reference = ctx.lens().testing.reference();
        let mut names = changed.references.clone();
        if !names.iter().any(|name| name == reference) {
            names.insert(0, reference.to_owned());
        }
        let shown = names.iter().position(|name| name == reference).unwrap_or(0);
        if let Some(index) = list_ui(ui, "Changed since", &names, shown) {
            ctx.send(Command::ChooseReference(names.swap_remove(index)));
        }
        ui.label(RichText::new("since").color(tokens.text_quiet));
    };
    view_bar_ui(ui, left, right);
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, changed: &Changed) {
    let chosen = ctx.lens().testing.place.as_ref();
    let look = TableLook {
        id_salt: "changed and not covered",
        columns: COLUMNS,
        sort: (usize::MAX, true),
        n_rows: changed.rows.len(),
        selected: chosen.and_then(|place| changed.rows.iter().position(|row| row.place == *place)),
        scroll_to: None,
    };
    let tokens = theme::tokens(ui);
    let events = value_table_ui(ui, &look, |index, column| {
        let row = &changed.rows[index];
        match column {
            0 => Cell::plain(text::name(&row.path)),
            1 if row.place.line == row.last_line => Cell::colored(row.last_line.to_string(), tokens.increase),
            1 => Cell::colored(format!("{}–{}", row.place.line, row.last_line), tokens.increase),
            _ if row.is_missing => Cell {
                tooltip: "Did the tests of its package run?".to_owned(),
                ..Cell::colored("not in the profile".to_owned(), tokens.found)
            },
            _ => Cell::default(),
        }
    });
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        ctx.send(Command::ShowPlace(changed.rows[index].place.clone()));
    }
}
