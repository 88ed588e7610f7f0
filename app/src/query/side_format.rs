//! How the values of two sides on one scale are printed: as they are, as shares, or per second or unit of work.

use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::value::conversion_ratio;
use goscope_analysis::verdict::{Normalization, Verdict};

use crate::text::{self, ValueText};

/// One scale for both sides: what brings the head to that of the base, and what values are divided by to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideScale {
    /// How the values of the head are brought to the exposure of the base.
    pub diff: DiffScale,
    /// What all values are then divided by; `None` for values as they are.
    per: Option<Per>,
}

/// What values are divided by.
#[derive(Clone, Debug, PartialEq)]
struct Per {
    normalization: Normalization,
    /// Exposure of the base: of a share the total, in this unit.
    exposure: f64,
    unit: String,
}

impl Per {
    /// A value that is divided already.
    fn text(&self, normalized: f64) -> String {
        if self.normalization.is_share() {
            return text::percent(normalized);
        }
        let is_time = self.unit == "nanoseconds";
        if is_time && normalized.abs() < 100.0 {
            // An operation may take less than one.
            let digits = if normalized.abs() < 10.0 { 2 } else { 1 };
            return format!("{normalized:.digits$} ns");
        }
        #[expect(clippy::cast_possible_truncation, reason = "saturates, as it should")]
        if normalized.abs() >= 100.0 || is_time {
            ValueText::alone(&self.unit).text(normalized.round() as i64)
        } else {
            format!("{normalized:.3}")
        }
    }
}

impl SideScale {
    /// Values as they are.
    pub const fn totals() -> Self {
        Self { diff: DiffScale::Totals, per: None }
    }

    /// Time per operation of a benchmark: what ns of the base and of the head are multiplied with; `base` is `None` of one side.
    /// Values are shown as they are where a factor is not known.
    pub fn per_operation(base: Option<Option<f64>>, head: Option<f64>) -> Self {
        let factor = |factor: Option<f64>| factor.filter(|factor| factor.is_finite() && *factor > 0.0);
        let (Some(head), before) = (factor(head), base.map(factor)) else { return Self::totals() };
        let (first, diff) = match before {
            Some(None) => return Self::totals(),
            Some(Some(base)) => {
                // Nine digits are more than a color shows. What counts is one by the other.
                let largest = (1.0 / base).max(1.0 / head);
                let part = |factor: f64| ((1.0 / factor / largest * 1e9).round() as u64).max(1);
                (base, DiffScale::PerExposure { base: part(base), head: part(head) })
            }
            None => (head, DiffScale::Totals),
        };
        let normalization = Normalization::PerUnit { unit: "op".to_owned() };
        Self { diff, per: Some(Per { normalization, exposure: 1.0 / first, unit: "nanoseconds".to_owned() }) }
    }

    /// The scale on which a verdict was reached.
    pub fn of_verdict(verdict: &Verdict) -> Self {
        let normalization = verdict.normalization.clone();
        // Six digits are more than a color shows; small exposures have decimals.
        let [base, head] = [&verdict.base, &verdict.head].map(|side| (side.exposure() * 1e6).round() as u64);
        if base == 0 || head == 0 {
            return Self::totals();
        }
        let exposure = if normalization.is_share() { verdict.base.total() } else { verdict.base.exposure() };
        let per = Per { normalization, exposure, unit: verdict.subject.unit.clone() };
        Self { diff: DiffScale::PerExposure { base, head }, per: (exposure > 0.0).then_some(per) }
    }

    /// How values of a unit are printed on this scale; `plain` prints them as they are.
    pub fn format(&self, plain: ValueText, unit: &str) -> SideFormat {
        let per = self.per.clone().map(|mut per| {
            // Of a share, numerator and denominator have one unit.
            if per.normalization.is_share() {
                per.exposure *= conversion_ratio(&per.unit, unit).unwrap_or(1.0);
            }
            per.unit = unit.to_owned();
            per
        });
        SideFormat { plain, per }
    }
}

/// Prints values of two sides.
#[derive(Clone, Debug)]
pub struct SideFormat {
    plain: ValueText,
    per: Option<Per>,
}

impl SideFormat {
    /// Prints values as they are.
    pub const fn plain(plain: ValueText) -> Self {
        Self { plain, per: None }
    }

    /// Whether values are printed as parts of the total.
    pub fn is_share(&self) -> bool {
        self.per.as_ref().is_some_and(|per| per.normalization.is_share())
    }

    /// A value.
    pub fn text(&self, value: i64) -> String {
        match &self.per {
            None => self.plain.text(value),
            Some(_) if value == 0 => "0".to_owned(),
            Some(per) => per.text(value as f64 / per.exposure),
        }
    }

    /// A difference, with its sign.
    pub fn signed_text(&self, value: i64) -> String {
        let text = match &self.per {
            None => return self.plain.signed_text(value),
            Some(_) => self.text(value),
        };
        // A difference of two shares is in percentage points, not in percent of one of them.
        let text = text.strip_suffix('%').map_or_else(|| text.clone(), |points| format!("{points} pp"));
        if value > 0 { format!("+{text}") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use goscope_analysis::verdict::{Fraction, Options};
    use goscope_parsers::Progress;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::comparison::Scale;
    use crate::query::verdict::VerdictQuery;
    use crate::query::{Documents, answer};
    use crate::run_notes::{Per, RunNotes};
    use crate::samples::PAIR;

    #[test]
    fn shares_are_percent_and_rates_have_their_unit() {
        let [base, head] = PAIR.map(|sample| {
            let source = Source::Sample(sample.name.to_owned());
            vec![Arc::new(Document::load(&source, &Progress::new()).expect("a sample"))]
        });
        let per = RunNotes { per: Some(Per::Number(Fraction(1000.0))), ..RunNotes::default() };
        let text = |scale: Scale| {
            let notes = if let Scale::PerUnit(notes) = &scale { notes.clone() } else { RunNotes::default() };
            let normalization = scale.normalization("request".to_owned());
            let options = Options { normalization, ..Options::default() };
            let question = VerdictQuery { options, notes, ..VerdictQuery::default() };
            let verdict = answer(&question, Documents::sides(&base, &head)).expect("a verdict");
            let format = SideScale::of_verdict(&verdict).format(ValueText::alone("ns"), "nanoseconds");
            let total = verdict.base.total().round() as i64;
            [format.text(total), format.signed_text(total / 4)]
        };
        assert_eq!(text(Scale::Share), ["100.0%", "+25.0 pp"]);
        let [total, _] = text(Scale::PerUnit(per));
        assert!(total.ends_with("ms"), "{total}");
        assert_eq!(SideScale::totals().format(ValueText::alone("ns"), "ns").text(5_000_000), "5.00 ms");
    }
}
