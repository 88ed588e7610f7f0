//! The verdict in one line.

use super::options::Normalization;
use super::outcome::{Decided, Outcome, Undecided, Verdict};
use super::row::{Interval, Measure, Row};
use crate::bench::format_value;
use crate::value::ValueFormat;

impl Verdict {
    /// The verdict in one line, without a line break: what it is, where, by how much, and how sure.
    pub fn line(&self) -> String {
        match &self.outcome {
            Outcome::Regression => self.regression_line(),
            Outcome::NoRegression if self.is_within() => {
                format!("within {} nothing grew by more than chance", self.recordings())
            }
            Outcome::Undecided(undecided) if self.is_within() => format!(
                "within {}: {} {}; more traces a side would tell whether other runs do the same",
                self.recordings(),
                undecided.row.title(),
                with_interval(&undecided.row),
            ),
            Outcome::NoRegression => format!("no regression found; {}", self.detectable_text()),
            Outcome::Undecided(undecided) => undecided_line(undecided),
            Outcome::NothingComparable(reason) => format!("nothing compared: {}", reason.text()),
        }
    }

    /// Whether nothing is known of how much runs differ.
    fn is_within(&self) -> bool {
        self.method.decided == Decided::WithinRecordings
    }

    fn recordings(&self) -> String {
        match self.base.n_runs() + self.head.n_runs() {
            2 => "these two recordings".to_owned(),
            n => format!("these {n} recordings"),
        }
    }

    fn regression_line(&self) -> String {
        let Some(first) = self.failures().next() else { return "regression".to_owned() };
        let row = &first.row;
        let values = format!(
            "{} → {}",
            self.value_of(row, row.base.normalized),
            self.value_of(row, row.head.normalized)
        );
        // The title of a quantile says what it is of.
        let mut facts = vec![match row.measure {
            Measure::Quantile { .. } | Measure::Unit { .. } => values,
            _ => format!("{values} {}", self.basis()),
        }];
        if let Some(interval) = row.interval {
            facts.push(format!("95%: {}", interval_text(interval, " … ")));
        }
        if let Some(slowdown) = row.slowdown.filter(|slowdown| slowdown.is_finite()) {
            facts.push(format!("×{slowdown:.1} if all else stayed the same"));
        }
        let p = row.test.map_or_else(String::new, |test| match test.holm {
            // No test was needed.
            0.0 if self.method.decided == Decided::Ranks => ", the same in every run".to_owned(),
            holm => format!(", p {} after {}", p_text(holm), tests_text(self.method.n_hypotheses)),
        });
        format!(
            "regression: {} {} ({}){p}, {} v {} runs",
            row.title(),
            change_text(row),
            facts.join("; "),
            self.base.n_runs(),
            self.head.n_runs(),
        )
    }

    /// What a normalized value is of: `of CPU`, `per request`.
    fn basis(&self) -> String {
        match &self.normalization {
            Normalization::Share => format!("of {}", self.subject.words),
            other => format!("{} {}", self.subject.words, other.text()),
        }
    }

    /// A normalized value as text: a share in percent, a rate in its unit.
    pub fn value(&self, normalized: f64) -> String {
        self.normalization.value_text(normalized, &self.subject.unit)
    }

    /// A normalized value of a row as text: of a benchmark in its own unit.
    pub fn value_of(&self, row: &Row, normalized: f64) -> String {
        match &row.measure {
            Measure::Unit { unit, .. } => format_value(normalized, unit),
            _ => self.value(normalized),
        }
    }

    /// What would have shown: `a slowdown of 16% in a function of 20%, or 31% in one of 5%, would have shown (9 in 10)`.
    pub fn detectable_text(&self) -> String {
        let at = |share| self.detectable_at(share).map(|detectable| detectable.slowdown);
        if let Some(growth) = at(1.0) {
            let what = if self.method.decided == Decided::Ranks { "benchmarks" } else { "latencies" };
            return format!(
                "a growth of {:.0}% would have shown (9 in 10) in half of the {what}",
                growth * 100.0
            );
        }
        match (at(0.2), at(0.05)) {
            (Some(large), Some(small)) if large.is_finite() && small.is_finite() => format!(
                "a slowdown of {:.0}% in a function of 20%, or {:.0}% in one of 5%, would have shown (9 in 10)",
                large * 100.0,
                small * 100.0
            ),
            (Some(large), _) if large.is_finite() => format!(
                "a slowdown of {:.0}% in a function of 20% would have shown (9 in 10), none in one of 5%",
                large * 100.0
            ),
            _ => "how large a change would have shown is not known".to_owned(),
        }
    }
}

impl Normalization {
    /// A normalized value of this unit as text: a share in percent, a rate in its unit.
    pub fn value_text(&self, normalized: f64, unit: &str) -> String {
        if self.is_share() {
            return format!("{:.1}%", normalized * 100.0);
        }
        let is_whole = normalized.abs() >= 100.0 || normalized == 0.0;
        if is_whole || unit == "nanoseconds" {
            ValueFormat::auto(unit).text(normalized.round() as i64)
        } else {
            format!("{normalized:.3}")
        }
    }
}

fn undecided_line(undecided: &Undecided) -> String {
    let row = &undecided.row;
    let needs = undecided.runs_needed.map_or_else(
        || "more runs would decide".to_owned(),
        |runs| format!("{runs} runs a side would decide at this noise"),
    );
    format!("undecided: {} {}; {needs}", row.title(), with_interval(row))
}

/// The change with its interval: `+9% (−2…+21%)`.
fn with_interval(row: &Row) -> String {
    let interval =
        row.interval.map_or_else(String::new, |interval| format!(" ({})", interval_text(interval, "…")));
    format!("{}{interval}", change_text(row))
}

fn tests_text(n_tests: usize) -> String {
    if n_tests == 1 { "1 test".to_owned() } else { format!("{n_tests} tests") }
}

/// The change of a row: `+37%`, `×12` from tenfold on, `new`, `gone`; of a value of a benchmark `from 0`, `to 0`.
pub fn change_text(row: &Row) -> String {
    let is_value = matches!(row.measure, Measure::Unit { .. });
    if row.ratio.is_infinite() {
        return if is_value { "from 0" } else { "new" }.to_owned();
    }
    if row.ratio == 0.0 {
        return if is_value { "to 0" } else { "gone" }.to_owned();
    }
    ratio_text(row.ratio)
}

/// A ratio as a change.
fn ratio_text(ratio: f64) -> String {
    if ratio.is_infinite() {
        return "∞".to_owned();
    }
    if ratio >= 10.0 {
        return format!("×{ratio:.0}");
    }
    let percent = ((ratio - 1.0) * 100.0).round();
    match percent {
        0.0 => "0%".to_owned(),
        percent if percent > 0.0 => format!("+{percent:.0}%"),
        percent => format!("−{:.0}%", -percent),
    }
}

/// An interval as changes: `+30 … +45%`.
pub fn interval_text(interval: Interval, between: &str) -> String {
    let (low, high) = (ratio_text(interval.low), ratio_text(interval.high));
    let low = if high.ends_with('%') { low.trim_end_matches('%').to_owned() } else { low };
    format!("{low}{between}{high}")
}

/// A chance as text: `2e-15` where it is small, `0.04` else.
pub fn p_text(p: f64) -> String {
    match p {
        0.0 => "0".to_owned(),
        p if p >= 0.001 => format!("{p:.3}"),
        p => format!("{p:.0e}"),
    }
}
