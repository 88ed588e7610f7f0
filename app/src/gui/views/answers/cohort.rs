//! What slow instances have in common that typical ones do not.

use std::borrow::Cow;

use eframe::egui::Ui;
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::printable;

use super::page::page_ui;
use crate::gui::parts::sentence::follow_instance;
use crate::gui::view::ViewContext;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::query::trace::answers::cohort::{CohortAnswer, CohortQuery, Feature, FeatureRow};
use crate::query::trace::answers::path::InstancePlace;

const COLUMNS: &[ColumnLook] = &[
    column("what they have", "Click to show a slow one that has it, with its critical path", None, false),
    column("slow", "Slow ones that have it; of a number, its mean", Some(80.0), false),
    column("typical", "Typical ones that have it; of a number, its mean", Some(80.0), false),
    column(
        "p",
        "How often chance alone would do this, corrected for all that was looked at",
        Some(72.0),
        false,
    ),
    column("effect", "From -1 (only typical ones) to 1 (only slow ones)", Some(64.0), false),
];

pub(super) fn cohort_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel) {
    let why = ctx.lens().trace.why();
    let query = CohortQuery { population: why.population, range: why.range, slow: why.slow };
    let whose = |answer: &CohortAnswer| answer.population.clone();
    page_ui(ui, ctx, ("cohort", query), whose, |ui, answer| table_ui(ui, ctx, model, answer));
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, model: &TraceModel, answer: &CohortAnswer) {
    let features = &answer.cohort.features;
    if features.is_empty() {
        return;
    }
    let look = TableLook {
        id_salt: "what slow ones have in common",
        columns: COLUMNS,
        // By what chance explains least, which is said in the column p.
        sort: (usize::MAX, true),
        n_rows: features.len(),
        selected: None,
        scroll_to: None,
    };
    let events = value_table_ui(ui, &look, |row, column| cell(model, answer, &features[row], column));
    let example = events.clicked.and_then(|row| features[row].examples.first());
    if let Some(example) = example {
        follow_instance(ctx, &InstancePlace::of(model, example));
    }
}

fn cell(model: &TraceModel, answer: &CohortAnswer, row: &FeatureRow, column: usize) -> Cell<'static> {
    let (slow, typical) = (answer.cohort.slow as f64, answer.cohort.typical as f64);
    let is_mean = matches!(row.feature, Feature::Burst);
    let count = |with_it: f64, all: f64| match is_mean {
        true => (format!("{with_it:.1}"), None),
        false => (format!("{with_it:.0}/{all:.0}"), Some((with_it / all.max(1.0)) as f32)),
    };
    let (text, meter) = match column {
        0 => (name(model, answer, row), None),
        1 => count(row.slow, slow),
        2 => count(row.typical, typical),
        3 => (format!("{:.1e}", row.p), None),
        _ => (format!("{:+.2}", row.effect), None),
    };
    Cell { text: Cow::Owned(text), meter, ..Cell::default() }
}

/// `log tenant: north`.
fn name(model: &TraceModel, answer: &CohortAnswer, row: &FeatureRow) -> String {
    let Some(population) = &answer.population else { return String::new() };
    let (name, value) = row.feature.text(model, population);
    let value = match row.feature {
        Feature::Waker(_) => short_name(&value).into_owned(),
        _ => value,
    };
    let text = if value.is_empty() { name } else { format!("{name}: {value}") };
    printable(&text).into_owned()
}
