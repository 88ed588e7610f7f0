//! How tables leave the window: every table of values can be copied or saved, as the texts that it shows.
//!
//! A table makes its text when it is drawn and was asked for it, from its menu or by a command. So commands and tables
//! meet in egui's memory: [`wish_for_table`] leaves a wish, the first table that is drawn takes it, and what is to become a
//! file is taken by the app after the frame.

use eframe::egui::{Context, Id, Response};

use crate::export::table::TableForm;

/// Most rows that are written: it is done while a frame is drawn.
const MOST_ROWS: usize = 100_000;

/// Where a table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableTarget {
    /// The clipboard.
    Clipboard,
    /// A file.
    File,
}

/// What is to become of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableWish {
    /// What it becomes.
    pub form: TableForm,
    /// Where it goes.
    pub target: TableTarget,
}

/// A table that is to be a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// What the file is called.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableMade {
    /// It is on the clipboard; how many rows, and of how many.
    Copied(usize, usize),
    /// It is to be saved.
    File(TableFile),
}

fn wish_id() -> Id {
    Id::unique("table that is wished for")
}

fn made_id() -> Id {
    Id::unique("table that was made")
}

/// Asks for the first table that is drawn in this frame.
pub fn wish_for_table(ctx: &Context, wish: TableWish) {
    ctx.data_mut(|data| data.insert_temp(wish_id(), Some(wish)));
}

/// What the frame made of wishes; and whether one is left, because no table is shown.
pub fn take_made(ctx: &Context) -> (Option<TableMade>, bool) {
    ctx.data_mut(|data| {
        let left = data.remove_temp::<Option<TableWish>>(wish_id()).flatten().is_some();
        (data.remove_temp::<Option<TableMade>>(made_id()).flatten(), left)
    })
}

/// The wish that the table which is drawn now fulfills.
pub(super) fn take_wish(ctx: &Context) -> Option<TableWish> {
    ctx.data_mut(|data| data.remove_temp::<Option<TableWish>>(wish_id())).flatten()
}

/// The menu of a header: what it was told to do.
pub(super) fn table_menu_ui(response: &Response) -> Option<TableWish> {
    let mut wish = None;
    response.context_menu(|ui| {
        for (target, verb) in [(TableTarget::Clipboard, "Copy"), (TableTarget::File, "Save")] {
            for form in TableForm::ALL {
                let dots = if target == TableTarget::File { "…" } else { "" };
                if ui.button(format!("{verb} table as {}{dots}", form.text())).clicked() {
                    wish = Some(TableWish { form, target });
                }
            }
        }
    });
    wish
}

/// Fulfills a wish. `cell` gives the text of row and column.
pub(super) fn fulfill(
    ctx: &Context,
    wish: TableWish,
    (name, titles, n_rows): (&str, &[&str], usize),
    cell: impl Fn(usize, usize) -> String,
) {
    let n_written = n_rows.min(MOST_ROWS);
    let rows = (0..n_written).map(|row| (0..titles.len()).map(|column| cell(row, column)).collect());
    let text = wish.form.write(titles, rows);
    let made = match wish.target {
        TableTarget::Clipboard => {
            ctx.copy_text(text);
            TableMade::Copied(n_written, n_rows)
        }
        TableTarget::File => {
            TableMade::File(TableFile { name: format!("{name}.{}", wish.form.ending()), text })
        }
    };
    ctx.data_mut(|data| data.insert_temp(made_id(), Some(made)));
}
