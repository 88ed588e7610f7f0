//! Coverage as a tree: modules, packages, files and functions, with what of their statements ran.

use eframe::egui::{Checkbox, Ui};

use crate::gui::command::Command;
use crate::gui::parts::function_table::table_header_ui;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableEvents, TableLook, column, value_table_ui};
use crate::query::testing::code::CodePlace;
use crate::query::testing::coverage_rows::{
    CoverageColumn, CoverageRow, CoverageRows, CoverageRowsQuery, CoverageSort,
};
use crate::text;
use goscope_analysis::coverage::Statements;

/// The view.
pub struct CoverageView;

const COLUMNS: &[ColumnLook] = &[
    column("name", "Module, package, file, function; click to sort", None, true),
    column("share", "The part of its statements that ran", Some(84.0), true),
    column("covered", "Statements that ran, of all", Some(96.0), true),
    column("not run", "Statements that did not run", Some(72.0), true),
];

/// What passes in it: the place that it has brought into view.
#[derive(Debug, Default)]
pub struct CoverageState {
    scrolled_to: Option<CodePlace>,
}

impl View for CoverageView {
    type State = CoverageState;

    fn id(&self) -> ViewId {
        ViewId::Coverage
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut CoverageState) {
        let (lens, testing) = (ctx.lens(), &ctx.lens().testing);
        let question = CoverageRowsQuery {
            tree: testing.coverage(),
            sort: testing.coverage_sort,
            containing: lens.table_filter.clone(),
            turned: testing.turned.clone(),
        };
        let shown = ctx.ask("tree of coverage", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Reading the source");
            return;
        };
        table_header_ui(ui, ctx, ViewId::Coverage.title(), rows.n_functions, &shown.status, |ui| {
            let mut drops = testing.drops_generated;
            let choice = ui.add(Checkbox::new(&mut drops, "no generated"));
            if choice.on_hover_text("Leaves out files that say: Code generated … DO NOT EDIT.").changed() {
                ctx.send(Command::DropGenerated(drops));
            }
        });
        if rows.rows.is_empty() {
            let is_filtered = !lens.table_filter.is_empty();
            sentence_ui(
                ui,
                if is_filtered { "Nothing has this text in its name." } else { "No file counts." },
            );
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &CoverageRows, state: &mut CoverageState) {
    let tokens = theme::tokens(ui);
    let selected = selected_row(ctx, rows);
    let is_new = state.scrolled_to != ctx.lens().testing.place;
    state.scrolled_to.clone_from(&ctx.lens().testing.place);
    let sort = ctx.lens().testing.coverage_sort;
    let sorted = CoverageColumn::ALL.iter().position(|it| *it == sort.column).unwrap_or(0);
    let look = TableLook {
        id_salt: "coverage",
        columns: COLUMNS,
        sort: (sorted, sort.is_descending),
        n_rows: rows.rows.len(),
        selected,
        scroll_to: selected.filter(|_| is_new),
    };
    let events = value_table_ui(ui, &look, |index, column| cell(&rows.rows[index], column, tokens));
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        state.scrolled_to.clone_from(&rows.rows[index].place);
    }
    apply(ctx, rows, sort, (selected, &events));
}

/// The row of the function, or the file, that the shown place is in.
fn selected_row(ctx: &ViewContext<'_>, rows: &CoverageRows) -> Option<usize> {
    let place = ctx.lens().testing.place.as_ref()?;
    let up_to = (place.file.clone(), place.line);
    let (found, at) = rows.place_of.range(..=up_to).next_back()?;
    (found.0 == place.file).then_some(*at)
}

fn cell(row: &CoverageRow, column: usize, tokens: &Tokens) -> Cell<'static> {
    let Statements { total, covered } = row.statements;
    let count = |number: u64| text::count(usize::try_from(number).unwrap_or(usize::MAX));
    let is_empty = total == 0;
    match column {
        0 => Cell {
            tree: Some((row.depth, row.is_open)),
            ..Cell::colored(
                goscope_parsers::printable(&row.name).into_owned(),
                if is_empty { tokens.text_quiet } else { tokens.text },
            )
        },
        _ if is_empty => Cell::colored("–".to_owned(), tokens.text_faint),
        1 => {
            let part = row.statements.percent() / 100.0;
            Cell { meter: Some(part as f32), ..Cell::plain(text::percent(part)) }
        }
        2 => Cell::colored(format!("{}/{}", count(covered), count(total)), tokens.text_quiet),
        _ => match row.statements.uncovered() {
            0 => Cell::colored("–".to_owned(), tokens.text_faint),
            number => Cell::colored(count(number), tokens.increase),
        },
    }
}

fn apply(
    ctx: &ViewContext<'_>,
    rows: &CoverageRows,
    sort: CoverageSort,
    (selected, events): (Option<usize>, &TableEvents),
) {
    if let Some(index) = events.sorted {
        let column = CoverageColumn::ALL[index];
        // Names begin with A, numbers with the largest.
        let is_descending =
            if column == sort.column { !sort.is_descending } else { column != CoverageColumn::Name };
        ctx.send(Command::SortCoverage(CoverageSort { column, is_descending }));
    }
    let turns = |index: &usize| {
        let row = &rows.rows[*index];
        row.is_open.is_some() && (row.place.is_none() || selected == Some(*index))
    };
    // Modules and packages have nothing to show but what is in them; what is chosen already opens and closes.
    if let Some(index) = events.turned.or(events.clicked.filter(turns)) {
        ctx.send(Command::TurnPart(rows.rows[index].word.clone()));
        return;
    }
    let Some(index) = events.clicked.or(events.secondary_clicked) else { return };
    let row = &rows.rows[index];
    if let Some(place) = &row.place {
        ctx.send(Command::ShowPlace(place.clone()));
    }
    if let Some(function) = &row.function {
        // The same function is chosen in the profiles beside it.
        let key = FrameKey { name: function.clone(), ..FrameKey::default() };
        ctx.send(Command::Select(Item::Function(key)));
    }
}
