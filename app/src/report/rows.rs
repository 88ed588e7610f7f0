//! Which rows of a verdict are shown, and what stands in their cells: the same for all writers.

use goscope_analysis::verdict::{
    Decided, Measure, Outcome, Presence, Row, Significance, Verdict, change_text, interval_text, p_text,
};

use crate::text::column::counted;

/// What stands where nothing can be said.
pub const NOTHING: &str = "~";

/// Samples from which it is worth saying that one side lacks a function.
const PLAIN_SAMPLES: f64 = 10.0;

/// The titles of the cells, in their order.
pub(super) fn titles(verdict: &Verdict) -> [&'static str; 6] {
    ["base", "head", "change", "95%", "q", noun(verdict)]
}

/// What a row is: of traces a quantile.
pub(super) fn noun(verdict: &Verdict) -> &'static str {
    if verdict.method.decided == Decided::Ranks || verdict.subject.kind == "benchmarks" {
        return "benchmark";
    }
    let is_quantile = |row: &Row| matches!(row.measure, Measure::Quantile { .. });
    if verdict.rows.iter().any(is_quantile) { "quantile" } else { "function" }
}

/// A row as it is shown.
#[derive(Debug)]
pub struct ShownRow<'v> {
    /// The row.
    pub row: &'v Row,
    /// The value of the base.
    pub base: String,
    /// The value of the head.
    pub head: String,
    /// The change, or [`NOTHING`].
    pub change: String,
    /// Where the true change is; empty if not known.
    pub interval: String,
    /// Chance adjusted by Benjamini and Hochberg; empty if not tested.
    pub q: String,
    /// What must be known to read the row; empty for most.
    pub remark: String,
}

impl<'v> ShownRow<'v> {
    /// A row of a verdict.
    pub fn new(verdict: &Verdict, row: &'v Row) -> Self {
        let change = match row.presence {
            Presence::New => "new".to_owned(),
            Presence::Gone => "gone".to_owned(),
            _ if row.is_significant() => change_text(row),
            _ => NOTHING.to_owned(),
        };
        Self {
            row,
            base: verdict.value_of(row, row.base.normalized),
            head: verdict.value_of(row, row.head.normalized),
            change,
            interval: row.interval.map_or_else(String::new, |interval| interval_text(interval, " … ")),
            q: row.test.map_or_else(String::new, |test| p_text(test.q)),
            remark: remark(row),
        }
    }

    /// The cells, in the order of [`titles`], without the name.
    pub(super) fn numbers(&self) -> [&str; 5] {
        [&self.base, &self.head, &self.change, &self.interval, &self.q]
    }
}

fn remark(row: &Row) -> String {
    let mut remarks = Vec::new();
    if let Some(base_name) = &row.base_name {
        remarks.push(format!("was {base_name}"));
    }
    match &row.measure {
        Measure::Cum | Measure::Total => {}
        measure => remarks.push(measure.text()),
    }
    if row.is_shift && row.is_significant() {
        remarks.push("only as a share: of the rest it is the same".to_owned());
    }
    remarks.join(", ")
}

/// The rows of the table: those that were judged, one for each set of samples, largest change of value first; then what
/// is new or gone. Where nothing was judged, all.
pub(super) fn table_rows(verdict: &Verdict) -> Vec<ShownRow<'_>> {
    let is_judged = !matches!(verdict.outcome, Outcome::NothingComparable(_));
    let is_shown = |row: &&Row| {
        let is_listed = !is_judged || row.test.is_some() || is_news(row);
        is_decisive(verdict, row) && row.is_shown && is_listed
    };
    verdict.rows.iter().filter(is_shown).map(|row| ShownRow::new(verdict, row)).collect()
}

/// The rows of which something can be said, without those that changed only as a share.
pub(super) fn changed_rows(verdict: &Verdict) -> Vec<ShownRow<'_>> {
    let mut rows = table_rows(verdict);
    rows.retain(|shown| is_plain_news(shown.row) || shown.row.is_significant() && !shown.row.is_shift);
    rows
}

/// Whether a function is new or gone by more than a few samples: of the rarest there are always some that one side lacks.
fn is_plain_news(row: &Row) -> bool {
    let samples = row.base.samples.max(row.head.samples);
    is_news(row) && (samples == 0.0 || samples >= PLAIN_SAMPLES)
}

/// What is said of the rows that changed only as a share.
pub(super) fn shifts_text(verdict: &Verdict) -> Option<String> {
    let rows = table_rows(verdict);
    let is_shift =
        |shown: &&ShownRow<'_>| shown.row.is_significant() && shown.row.is_shift && !is_news(shown.row);
    let n_shifts = rows.iter().filter(is_shift).count();
    let noun = counted(n_shifts, noun(verdict));
    (n_shifts > 0).then(|| format!("{noun} changed only as a share, not as a part of the rest."))
}

const fn is_news(row: &Row) -> bool {
    matches!(row.presence, Presence::New | Presence::Gone)
}

/// Whether the gate decides by this value of the row.
fn is_decisive(verdict: &Verdict, row: &Row) -> bool {
    match row.measure {
        Measure::Cum | Measure::Flat => row.measure == Measure::of_function(verdict.gate.by),
        _ => true,
    }
}

/// The kind of a row in a word, for colors.
pub(super) fn class(row: &Row) -> &'static str {
    match row.significance {
        Significance::Regressed => "regressed",
        Significance::Grew => "grew",
        Significance::Fell if row.is_shift => "shift",
        Significance::Fell => "fell",
        Significance::Unclear | Significance::Untested(_) => "unclear",
    }
}
