//! Benchmarks as a table: of one file the median of each with its interval; of two sides what changed, with the interval of the
//! change. Every run is a dot.

use eframe::egui::Ui;
use goscope_analysis::bench::{BenchSummary, format_value};
use goscope_analysis::verdict::Row;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::function_table::table_header_ui;
use crate::gui::parts::judged_row::{INTERVAL_TOOLTIP, said, significance_color};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::run_marks::Mark;
use crate::gui::widgets::segmented::list_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableEvents, TableLook, column, value_table_ui};
use crate::query::judged::Judged;
use crate::query::testing::bench_rows::{
    BenchColumn, BenchOrder, BenchRows, BenchSort, ComparedRowsQuery, SideRowsQuery, unit_of,
};
use crate::query::testing::bench_verdict::{BenchJudgedQuery, BenchSide};
use crate::report::rows::ShownRow;
use crate::text;

/// The view.
pub struct BenchmarksView;

const VALUE_WIDTH: f32 = 84.0;

/// Of two sides.
const COMPARED: [ColumnLook; 7] = [
    column("benchmark", "Name; click to sort", None, true),
    column("change", "In percent of the base; ~ and grey where nothing can be said", Some(72.0), true),
    column("unit", "What was measured", Some(84.0), true),
    column("base", "Median of the base", Some(VALUE_WIDTH), true),
    column("head", "Median of the head", Some(VALUE_WIDTH), true),
    column("95%", INTERVAL_TOOLTIP, Some(120.0), false),
    column(
        "runs",
        "Every run is a dot, the base above, the head below; the lines are medians",
        Some(132.0),
        false,
    ),
];
const COMPARED_KEYS: [BenchColumn; 5] =
    [BenchColumn::Name, BenchColumn::Change, BenchColumn::Unit, BenchColumn::Base, BenchColumn::Head];

/// Of one side.
const ALONE: [ColumnLook; 6] = [
    column("benchmark", "Name; click to sort", None, true),
    column("median", "The middle value of all runs", Some(VALUE_WIDTH), true),
    column("±", "How far the true median may be from it, 95%", Some(56.0), false),
    column("unit", "What was measured", Some(84.0), true),
    column("n", "Runs", Some(48.0), false),
    column("runs", "Every run is a dot; the line is the median", Some(160.0), false),
];
// Its intervals have no order, and neither has what stands as in the file.
const ALONE_KEYS: [BenchColumn; 4] =
    [BenchColumn::Name, BenchColumn::Base, BenchColumn::Head, BenchColumn::Unit];

impl View for BenchmarksView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Benchmarks
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let testing = &ctx.lens().testing;
        let order = BenchOrder {
            sort: testing.bench_sort,
            containing: ctx.lens().table_filter.clone(),
            unit: testing.bench_unit.clone(),
        };
        match ctx.benchmarks_query() {
            Some(judged) => compared_ui(ui, ctx, judged, order),
            None => alone_ui(ui, ctx, order),
        }
    }
}

/// The line above the table, with the choice of a unit.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (n_rows, units): (usize, &[String]), status: &Status) {
    table_header_ui(ui, ctx, ViewId::Benchmarks.title(), n_rows, status, |ui| {
        if units.len() < 2 {
            return;
        }
        let names: Vec<String> =
            std::iter::once("all units".to_owned()).chain(units.iter().cloned()).collect();
        let chosen = ctx.lens().testing.bench_unit.as_ref();
        let shown = chosen.and_then(|unit| units.iter().position(|it| it == unit)).map_or(0, |at| at + 1);
        if let Some(index) = list_ui(ui, "Unit", &names, shown) {
            let unit = index.checked_sub(1).and_then(|index| units.get(index)).cloned();
            ctx.send(Command::ChooseUnit(unit));
        }
    });
}

fn compared_ui(ui: &mut Ui, ctx: &ViewContext<'_>, judged: BenchJudgedQuery, order: BenchOrder) {
    let shown = ctx.ask("benchmarks of two sides", &ComparedRowsQuery { judged, order });
    let Some(rows) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Comparing benchmarks");
        return;
    };
    header_ui(ui, ctx, (rows.order.len(), &rows.units), &shown.status);
    if rows.order.is_empty() {
        sentence_ui(ui, nothing(ctx, "No benchmark is in both files."));
        return;
    }
    let row = |index: usize| &rows.of.verdict.rows[rows.order[index]];
    let item = |index: usize| Item::Benchmark(row(index).name.to_string(), unit_of(row(index)).to_owned());
    let tokens = theme::tokens(ui);
    let events = table_ui(ui, ctx, ("benchmarks", &COMPARED, &COMPARED_KEYS), rows, |index, column| {
        compared_cell(&rows.of, row(index), column, tokens)
    });
    apply(ctx, &COMPARED_KEYS, &events, item);
}

fn alone_ui(ui: &mut Ui, ctx: &ViewContext<'_>, order: BenchOrder) {
    let shown = ctx.ask("benchmarks of one side", &SideRowsQuery { order });
    let Some(rows) = &shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Summing up benchmarks");
        return;
    };
    header_ui(ui, ctx, (rows.order.len(), &rows.units), &shown.status);
    if rows.order.is_empty() {
        sentence_ui(ui, nothing(ctx, "There is no result of a benchmark."));
        return;
    }
    let row = |index: usize| &rows.of.benchmarks[rows.order[index]];
    let item = |index: usize| Item::Benchmark(row(index).name.to_string(), row(index).unit.to_string());
    let tokens = theme::tokens(ui);
    let table = ("benchmarks of one side", &ALONE[..], &ALONE_KEYS[..]);
    let events =
        table_ui(ui, ctx, table, rows, |index, column| alone_cell(&rows.of, row(index), column, tokens));
    apply(ctx, &ALONE_KEYS, &events, item);
}

fn nothing(ctx: &ViewContext<'_>, otherwise: &'static str) -> &'static str {
    if ctx.lens().table_filter.is_empty() { otherwise } else { "No benchmark has this text in its name." }
}

fn table_ui<'c, T>(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (id_salt, columns, keys): (&'static str, &[ColumnLook], &[BenchColumn]),
    rows: &BenchRows<T>,
    cell: impl Fn(usize, usize) -> Cell<'c>,
) -> TableEvents {
    let sort = ctx.lens().testing.bench_sort;
    let selected = match &ctx.lens().selection {
        Some(Item::Benchmark(name, unit)) => rows.place_of.get(&(name.clone(), unit.clone())).copied(),
        _ => None,
    };
    let look = TableLook {
        id_salt,
        columns,
        sort: (keys.iter().position(|key| *key == sort.column).unwrap_or(usize::MAX), sort.is_descending),
        n_rows: rows.order.len(),
        selected,
        scroll_to: None,
    };
    value_table_ui(ui, &look, cell)
}

fn compared_cell(judged: &Judged, row: &Row, column: usize, tokens: &Tokens) -> Cell<'static> {
    let shown = ShownRow::new(&judged.verdict, row);
    let color = significance_color(row, tokens);
    let ink = if row.is_significant() { tokens.text } else { tokens.text_quiet };
    match column {
        0 => Cell::colored(text::name(&row.name), ink),
        1 => Cell { tooltip: said(&shown), ..Cell::colored(shown.change, color) },
        2 => Cell::colored(text::name(unit_of(row)), tokens.text_quiet),
        3 => Cell::colored(shown.base, ink),
        4 => Cell::colored(shown.head, ink),
        5 => match row.interval {
            Some(interval) => Cell {
                mark: Some(Mark::interval((interval.low, row.ratio, interval.high), judged.reach)),
                tooltip: said(&shown),
                ..Cell::colored(shown.interval, color)
            },
            None => Cell::default(),
        },
        _ => Cell {
            mark: Some(Mark::runs([&row.base, &row.head].map(|side| (&*side.runs, side.normalized)))),
            ..Cell::colored(String::new(), color)
        },
    }
}

fn alone_cell(side: &BenchSide, row: &BenchSummary, column: usize, tokens: &Tokens) -> Cell<'static> {
    match column {
        0 if side.has_packages && !row.package.is_empty() => {
            let folder = row.package.rsplit('/').next().unwrap_or_default();
            Cell {
                tooltip: row.package.to_string(),
                ..Cell::plain(text::name(&format!("{folder}.{}", row.name)))
            }
        }
        0 => Cell::plain(text::name(&row.name)),
        1 => Cell::plain(format_value(row.center, &row.unit)),
        2 => {
            let color = if row.warning.is_some() { tokens.found } else { tokens.text_quiet };
            let tooltip = row.warning.clone().unwrap_or_default();
            Cell { tooltip, ..Cell::colored(row.range.clone(), color) }
        }
        3 => Cell::colored(text::name(&row.unit), tokens.text_quiet),
        4 => Cell::colored(text::count(row.values.len()), tokens.text_quiet),
        _ => Cell {
            mark: Some(Mark::side(&row.values, row.center)),
            ..Cell::colored(String::new(), tokens.accent)
        },
    }
}

fn apply(ctx: &ViewContext<'_>, keys: &[BenchColumn], events: &TableEvents, item: impl Fn(usize) -> Item) {
    if let Some(&column) = events.sorted.and_then(|index| keys.get(index)) {
        let sort = ctx.lens().testing.bench_sort;
        let is_descending = if column == sort.column { !sort.is_descending } else { true };
        ctx.send(Command::SortBenchmarks(BenchSort { column, is_descending }));
    }
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        ctx.send(Command::Select(item(index)));
    }
}
