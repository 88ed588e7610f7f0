//! The chosen benchmark: every run as a dot over one axis, what can be said of the change, which functions it was, and the
//! values. While nothing is chosen: what got worse most, or the first.

mod functions;

use eframe::egui::{Color32, Label, RichText, ScrollArea, Ui, UiBuilder, vec2};
use goscope_analysis::bench::{BenchSummary, format_value};
use goscope_analysis::verdict::{Row, Significance};

use self::functions::functions_ui;
use crate::gui::parts::judged_row::significance_color;
use crate::gui::parts::placeholder::{hint_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::inside;
use crate::gui::widgets::run_marks::{Strip, strip_plot_ui};
use crate::query::judged::Judged;
use crate::query::testing::bench_rows::{BenchOrder, BenchRows, ComparedRowsQuery, SideRowsQuery, unit_of};
use crate::report::evidence::notes;
use crate::report::rows::ShownRow;
use crate::text;

/// Values that are listed.
const MAX_VALUES: usize = 60;

/// The view.
pub struct BenchmarkView;

impl View for BenchmarkView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Benchmark
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| {
            ScrollArea::vertical().id_salt("benchmark").auto_shrink(false).show(ui, |ui| {
                match ctx.benchmarks_query() {
                    Some(judged) => {
                        let shown = ctx.ask(
                            "worst benchmark",
                            &ComparedRowsQuery { judged, order: BenchOrder::default() },
                        );
                        let Some(rows) = &shown.answer else {
                            return nothing_yet_ui(ui, &shown.status, "Comparing benchmarks");
                        };
                        let judged = &rows.of;
                        match rows.order.get(chosen(ctx, rows)).map(|at| &judged.verdict.rows[*at]) {
                            Some(row) => compared_ui(ui, ctx, judged, row),
                            None => sentence_ui(ui, "No benchmark is in both files."),
                        }
                        notes_ui(ui, judged);
                    }
                    None => {
                        let shown = ctx.ask("first benchmark", &SideRowsQuery::default());
                        let Some(rows) = &shown.answer else {
                            return nothing_yet_ui(ui, &shown.status, "Summing up benchmarks");
                        };
                        let side = &rows.of;
                        match rows.order.get(chosen(ctx, rows)).map(|at| &side.benchmarks[*at]) {
                            Some(summary) => alone_ui(ui, ctx, summary),
                            None => sentence_ui(ui, "There is no result of a benchmark."),
                        }
                        for (name, what) in &side.problems {
                            warning_ui(ui, &format!("{name} {what}"));
                        }
                        ui.add_space(theme::GAP);
                        hint_ui(ui, "Drop another file on the window to compare it with this one.");
                    }
                }
            });
        });
    }
}

/// The place of the row that was chosen last; while none was, of the benchmark whose functions are shown.
fn chosen<T>(ctx: &ViewContext<'_>, rows: &BenchRows<T>) -> usize {
    let chosen = ctx.lens().testing.benchmark.as_ref().and_then(|key| rows.place_of.get(key).copied());
    let explained = || {
        let explained = ctx.ask("explained benchmark", &ctx.explain_query()?).answer?;
        let is_it =
            |((name, _), place): (&(String, String), &usize)| (*name == explained.name).then_some(*place);
        rows.place_of.iter().filter_map(is_it).min()
    };
    chosen.or_else(explained).unwrap_or(0)
}

fn head_ui(ui: &mut Ui, name: &str, what: &str) {
    let tokens = theme::tokens(ui);
    ui.add_space(theme::GAP);
    let name = text::name(name);
    let label = RichText::new(&name).font(theme::mono()).strong().color(tokens.text);
    ui.add(Label::new(label).wrap());
    ui.label(RichText::new(what).font(theme::small()).color(tokens.text_quiet));
}

fn compared_ui(ui: &mut Ui, ctx: &ViewContext<'_>, judged: &Judged, row: &Row) {
    let tokens = theme::tokens(ui);
    let (verdict, unit) = (&judged.verdict, unit_of(row));
    head_ui(ui, &row.name, unit);
    let color = match row.significance {
        Significance::Unclear | Significance::Untested(_) => tokens.text_quiet,
        _ => significance_color(row, tokens),
    };
    let shown = ShownRow::new(verdict, row);
    ui.add(Label::new(RichText::new(sentence(&shown)).color(color)).wrap());
    ui.add_space(theme::GRID);
    let named = |values: &[f64], names: &'static [&'static str; MAX_VALUES]| -> Vec<(f64, &'static str)> {
        values.iter().enumerate().map(|(at, value)| (*value, *names.get(at).unwrap_or(&"run"))).collect()
    };
    let mean = row.base.normalized;
    let interval = row.interval.filter(|interval| interval.high.is_finite());
    let strips = [
        Strip {
            name: "base",
            runs: named(&row.base.runs, &RUNS),
            mean,
            interval: None,
            color: tokens.text_quiet,
        },
        Strip {
            name: "head",
            runs: named(&row.head.runs, &RUNS),
            mean: row.head.normalized,
            interval: interval.map(|interval| (mean * interval.low, mean * interval.high)),
            color,
        },
    ];
    strip_plot_ui(ui, &strips, |value| format_value(value, unit));
    functions_ui(ui, ctx);
    values_ui(ui, "base", &row.base.runs, unit);
    values_ui(ui, "head", &row.head.runs, unit);
}

/// `48.58 µs → 458.7 µs: ×10; 95%: +771% … ×12; q 5e-5`.
fn sentence(shown: &ShownRow<'_>) -> String {
    let change = match shown.row.significance {
        Significance::Untested(reason) => format!("~ not judged: {}", reason.text()),
        Significance::Unclear => "~ nothing can be said".to_owned(),
        _ => shown.change.clone(),
    };
    let interval = (!shown.interval.is_empty()).then(|| format!("95%: {}", shown.interval));
    let q = (!shown.q.is_empty()).then(|| format!("q {}", shown.q));
    let values = format!("{} → {}: {change}", shown.base, shown.head);
    [Some(values), interval, q].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn alone_ui(ui: &mut Ui, ctx: &ViewContext<'_>, summary: &BenchSummary) {
    let tokens = theme::tokens(ui);
    let unit = &*summary.unit;
    let what =
        if summary.package.is_empty() { unit.to_owned() } else { format!("{unit} · {}", summary.package) };
    head_ui(ui, &summary.name, &what);
    let runs = text::counted(summary.values.len(), "run");
    let center = format_value(summary.center, unit);
    let sentence = match summary.interval {
        Some((low, high)) => {
            let (low, high) = (format_value(low, unit), format_value(high, unit));
            format!("median {center} of {runs}; 95%: {low} … {high}")
        }
        None => format!("median {center} of {runs}"),
    };
    ui.add(Label::new(RichText::new(sentence).color(tokens.text)).wrap());
    if let Some(warning) = &summary.warning {
        warning_ui(ui, warning);
    }
    ui.add_space(theme::GRID);
    let runs = summary.values.iter().enumerate();
    let runs = runs.map(|(at, value)| (*value, *RUNS.get(at).unwrap_or(&"run"))).collect();
    let strip =
        Strip { name: "runs", runs, mean: summary.center, interval: summary.interval, color: tokens.accent };
    strip_plot_ui(ui, &[strip], |value| format_value(value, unit));
    functions_ui(ui, ctx);
    values_ui(ui, "values", &summary.values, unit);
}

/// The values in the order of the runs: a trend is seen there.
fn values_ui(ui: &mut Ui, title: &str, values: &[f64], unit: &str) {
    let tokens = theme::tokens(ui);
    ui.add_space(theme::GAP);
    ui.label(RichText::new(title).font(theme::small()).color(tokens.text_faint));
    // A value and its unit stay on one line.
    let shown = values.iter().take(MAX_VALUES).map(|value| format_value(*value, unit).replace(' ', "\u{a0}"));
    let mut line = shown.collect::<Vec<_>>().join("  ");
    if values.len() > MAX_VALUES {
        line += &format!("  and {} more", values.len() - MAX_VALUES);
    }
    ui.add(Label::new(RichText::new(line).font(theme::mono_small()).color(tokens.text_quiet)).wrap());
}

/// What must be known of the comparison.
fn notes_ui(ui: &mut Ui, judged: &Judged) {
    for (kind, note) in notes(&judged.verdict) {
        warning_ui(ui, &format!("{kind}: {}", goscope_parsers::printable(&note)));
    }
}

fn warning_ui(ui: &mut Ui, text: &str) {
    let color: Color32 = theme::tokens(ui).found;
    ui.add_space(theme::GRID);
    ui.add(Label::new(RichText::new(text).font(theme::small()).color(color)).wrap());
}

/// What runs are called on hover.
const RUNS: [&str; MAX_VALUES] = [
    "run 1", "run 2", "run 3", "run 4", "run 5", "run 6", "run 7", "run 8", "run 9", "run 10", "run 11",
    "run 12", "run 13", "run 14", "run 15", "run 16", "run 17", "run 18", "run 19", "run 20", "run 21",
    "run 22", "run 23", "run 24", "run 25", "run 26", "run 27", "run 28", "run 29", "run 30", "run 31",
    "run 32", "run 33", "run 34", "run 35", "run 36", "run 37", "run 38", "run 39", "run 40", "run 41",
    "run 42", "run 43", "run 44", "run 45", "run 46", "run 47", "run 48", "run 49", "run 50", "run 51",
    "run 52", "run 53", "run 54", "run 55", "run 56", "run 57", "run 58", "run 59", "run 60",
];
