//! The table of a comparison: one row per function, with the values of both sides, the change with its interval, and every
//! run as a dot. Own code can be shown with the library functions below it.

mod columns;
mod own;

use std::sync::Arc;

use eframe::egui::Ui;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::verdict::{By, Row, Verdict};

use self::columns::{COLUMNS, N_PLAIN, header_ui, plain_cell, sort_key, sorted_column};
use crate::gui::parts::function_table::{TableState, name_cell, selected_row};
use crate::gui::parts::judged_row::{said, significance_color};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::FrameKey;
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::run_marks::Mark;
use crate::gui::widgets::value_table::{Cell, TableLook, value_table_ui};
use crate::gui::workspace::Compared;
use crate::query::diff_rows::DiffRowsQuery;
use crate::query::diff_table::Diff;
use crate::query::judged::Judged;
use crate::query::rows::Rows;
use crate::query::side_format::{SideFormat, SideScale};
use crate::report::rows::ShownRow;
use crate::text::ValueText;

/// The view.
pub struct DiffTableView;

impl View for DiffTableView {
    type State = TableState;

    fn id(&self) -> ViewId {
        ViewId::Changes
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut TableState) {
        let scale = match ctx.side_scale() {
            Some(Ok(scale)) => scale,
            Some(Err(status)) => return nothing_yet_ui(ui, &status, "Judging the comparison"),
            None => return,
        };
        if ctx.lens().compared == Compared::Own {
            own::table_ui(ui, ctx, &scale, state);
        } else {
            functions_ui(ui, ctx, &scale, state);
        }
    }
}

fn functions_ui(ui: &mut Ui, ctx: &ViewContext<'_>, scale: &SideScale, state: &mut TableState) {
    let question =
        DiffRowsQuery { stacks: ctx.lens().stack_query(), scale: scale.diff, order: ctx.row_order() };
    let shown = ctx.ask("table", &question);
    let Some(rows) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Comparing functions");
        return;
    };
    header_ui(ui, ctx, rows.order.len(), &shown.status);
    if rows.order.is_empty() {
        sentence_ui(ui, "No function has this text in its name.");
        return;
    }
    table_ui(ui, ctx, (rows, scale), state);
}

fn table_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (rows, scale): (&Rows<Diff>, &SideScale),
    state: &mut TableState,
) {
    let table = &rows.table.table;
    let tokens = theme::tokens(ui);
    let row_of = |index: usize| &table.rows[rows.order[index] as usize];
    let format = scale.format(ValueText::column(&table.unit, &rows.table.shown_unit), &table.unit);
    let selected = selected_row(ctx, &table.frames, rows);
    let judged = judged(ctx);
    let (compared, sort) = (ctx.lens().compared, ctx.lens().sort);
    let by = if compared == Compared::Cum { By::Cum } else { By::Flat };
    let look = TableLook {
        id_salt: "changes",
        columns: if judged.is_some() { &COLUMNS } else { &COLUMNS[..N_PLAIN] },
        sort: (sorted_column(compared, sort.column), sort.is_descending),
        n_rows: rows.order.len(),
        selected,
        scroll_to: state.newly_selected(ctx, selected),
    };
    let events = value_table_ui(ui, &look, |index, column| {
        let row = row_of(index);
        let frame = table.frames.frame(row.frame);
        let values = match by {
            By::Cum => (row.base_cum, row.head_cum),
            By::Flat => (row.base_flat, row.head_flat),
        };
        match &judged {
            Some(judged) => {
                let tested = judged.row_by(&frame.name, by).map(|row| (&**judged, row));
                judged_cell(column, &frame.printable_name(), values, (&format, tested), tokens)
            }
            None => plain_cell(column, &frame.printable_name(), values, &format, tokens),
        }
    });
    let key_of = |index: usize| FrameKey::of(table.frames.frame(row_of(index).frame));
    state.apply_events(ctx, &events, key_of, |column| sort_key(compared, column));
}

/// The verdict, where its rows are those of the table: whole functions, and all of their samples.
fn judged(ctx: &ViewContext<'_>) -> Option<Arc<Judged>> {
    if ctx.lens().granularity != Granularity::Functions || ctx.is_filtered() {
        return None;
    }
    ctx.judged()?.answer
}

/// A cell of a function that was judged, or could have been: all of the row is grey where nothing can be said.
fn judged_cell(
    column: usize,
    name: &str,
    values: (i64, i64),
    (format, tested): (&SideFormat, Option<(&Judged, &Row)>),
    tokens: &Tokens,
) -> Cell<'static> {
    let Some((judged, row)) = tested else {
        let cell = plain_cell(column, name, values, format, tokens);
        let text = if column >= 4 { String::new() } else { cell.text.clone().into_owned() };
        let color = if column == 0 { tokens.text_quiet } else { tokens.text_faint };
        return Cell { text: text.into(), color: Some(color), ..cell };
    };
    let shown = ShownRow::new(&judged.verdict, row);
    let color = significance_color(row, tokens);
    match column {
        0 if row.is_significant() => name_cell(name.to_owned()),
        0 => Cell { color: Some(tokens.text_quiet), ..name_cell(name.to_owned()) },
        // What was renamed stands in the base under its other name.
        1 if row.base_name.is_some() => {
            let color = if row.is_significant() { tokens.text } else { color };
            Cell { tooltip: said(&shown), ..Cell::colored(shown.base, color) }
        }
        3 if row.base_name.is_some() => Cell::colored(growth(&judged.verdict, row), color),
        1 | 2 if row.is_significant() => plain_cell(column, name, values, format, tokens),
        4 => Cell { tooltip: said(&shown), ..Cell::colored(shown.change, color) },
        5 => match row.interval {
            Some(interval) => Cell {
                mark: Some(Mark::interval((interval.low, row.ratio, interval.high), judged.reach)),
                tooltip: said(&shown),
                ..Cell::colored(shown.interval, color)
            },
            None => Cell::plain(String::new()),
        },
        6 => Cell {
            mark: Some(Mark::runs([&row.base, &row.head].map(|side| (&*side.runs, side.normalized)))),
            ..Cell::colored(String::new(), color)
        },
        _ => Cell::colored(plain_cell(column, name, values, format, tokens).text.into_owned(), color),
    }
}

/// What the head has more, with its sign.
fn growth(verdict: &Verdict, row: &Row) -> String {
    let sign = if row.growth() > 0.0 { "+" } else { "" };
    let text = verdict.value(row.growth());
    format!("{sign}{}", text.strip_suffix('%').map_or_else(|| text.clone(), |points| format!("{points} pp")))
}

#[cfg(test)]
mod tests {
    use goscope_analysis::verdict::{Presence, Significance};
    use goscope_parsers::Progress;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::judged::JudgedQuery;
    use crate::query::{Documents, answer};
    use crate::samples::PAIR;

    #[test]
    fn a_change_is_in_color_with_its_interval_or_a_tilde_in_grey() {
        let [base, head] = PAIR.map(|sample| {
            let source = Source::Sample(sample.name.to_owned());
            vec![Arc::new(Document::load(&source, &Progress::new()).expect("a sample"))]
        });
        let judged = answer(&JudgedQuery::default(), Documents::sides(&base, &head)).expect("a verdict");
        let tokens = theme::tokens_of(true);
        let format = SideFormat::plain(ValueText::alone("nanoseconds"));
        let cell = |name: &str, column: usize| {
            let tested = judged.row(name).map(|row| (&judged, row));
            judged_cell(column, name, (1, 2), (&format, tested), tokens)
        };

        let row = &judged.verdict.failures().next().expect("a culprit").row;
        let change = cell(&row.name, 4);
        assert_eq!((change.text.as_ref(), change.color), ("new", Some(tokens.increase)));
        let Some(Mark::Interval { low, estimate, high }) = cell(&row.name, 5).mark else {
            panic!("an interval")
        };
        assert!(0.0 < low && low <= estimate && estimate <= high && high <= 1.0);
        let Some(Mark::Runs([base, head])) = cell(&row.name, 6).mark else { panic!("runs") };
        assert_eq!((base.runs, head.runs), (vec![0.0], vec![1.0]));

        let of = |wanted: fn(&Row) -> bool| {
            let mut names = judged.verdict.rows.iter().map(|row| &row.name);
            let name = names.find(|name| judged.row(name).is_some_and(wanted)).expect("such a row");
            (cell(name, 4), cell(name, 5), cell(name, 2))
        };
        let (change, interval, head) = of(|row| row.significance == Significance::Unclear);
        assert_eq!((change.text.as_ref(), change.color), ("~", Some(tokens.text_faint)));
        assert!(interval.mark.is_some() && change.tooltip.contains("nothing can be said"), "{change:?}");
        assert_eq!(head.color, Some(tokens.text_faint));
        let is_untested = |row: &Row| {
            matches!(row.significance, Significance::Untested(_)) && row.presence == Presence::Both
        };
        let (change, interval, _) = of(is_untested);
        assert_eq!((change.text.as_ref(), interval.mark), ("~", None));
        assert_eq!(cell("main.noSuchFunction", 4).text, "");
    }
}
