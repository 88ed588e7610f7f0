//! The rows of a verdict: every function, by flat and cum, with what was found about it.

use rayon::prelude::*;

use super::culprits::{Culprit, Found, Search, Subject};
use super::judge::Judgment;
use super::raw::Judged;
use super::table::{RowId, Table};
use crate::statistics::allocations::Estimate;
use crate::verdict::options::{By, Gate};
use crate::verdict::row::{Measure, Presence, Row, Significance, Untested, Values};

/// What a total is called among functions.
const TOTAL: &str = "total";

/// Upper end of what may be there of a thing of which nothing was seen, in events.
const NOTHING_SEEN: f64 = 3.0;

/// All that rows are made of.
pub(super) struct Rows<'a, 'r> {
    pub(super) table: &'a Table<'r>,
    pub(super) search: &'a Search<'a, 'r>,
    pub(super) gate: &'a Gate,
    /// What each run is divided by to be shown: its total in the verdict's unit, units, seconds.
    pub(super) shown_exposure: &'a [f64],
    pub(super) totals: &'a [Estimate],
    /// Why nothing is tested, if so.
    pub(super) unjudged: Option<Untested>,
}

impl Rows<'_, '_> {
    /// All rows, those that were tested first, by their change of value.
    pub(super) fn all(&self, judgment: &Judgment, found: &Found) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        if let Some(hypothesis) = self.search.total {
            let judged = judgment.judged[hypothesis as usize];
            let values = self.values(self.totals, self.shown_exposure);
            rows.push(self.row(Subject::Total, values, judged, Ok(hypothesis)));
        }
        let row = |row: RowId| {
            let runs = self.table.row(row);
            if runs.iter().all(|run| run.value == 0.0) {
                return None;
            }
            let hypothesis = self.search.hypotheses.of_row[row.0 as usize];
            let judged = hypothesis.ok().and_then(|hypothesis| judgment.judged[hypothesis as usize]);
            let values = self.values(runs, self.shown_exposure);
            let mut row = self.row(Subject::Row(row), values, judged, hypothesis);
            row.is_shift = self.is_shift(&row, found);
            Some(row)
        };
        let ids: Vec<RowId> = self.table.rows().collect();
        rows.par_extend(ids.into_par_iter().filter_map(row));
        rows.par_sort_by(|a, b| {
            let is_untested = |row: &Row| row.test.is_none();
            (is_untested(a).cmp(&is_untested(b)))
                .then_with(|| b.growth().abs().total_cmp(&a.growth().abs()))
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.measure.cmp(&b.measure))
        });
        rows
    }

    /// The row of a culprit, of what was left when it was found.
    pub(super) fn of_culprit(&self, culprit: &Culprit) -> Row {
        // Shares are of what was left then.
        let exposure = if self.search.is_share { &culprit.exposure } else { self.shown_exposure };
        let values = self.values(&culprit.runs, exposure);
        self.row(culprit.subject, values, Some(culprit.judged), Ok(culprit.hypothesis))
    }

    /// Whether a change only mirrors what the culprits did: without them there is none.
    fn is_shift(&self, row: &Row, found: &Found) -> bool {
        let without = match row.significance {
            Significance::Fell => &found.without_worse,
            Significance::Grew | Significance::Regressed => &found.without_better,
            _ => return false,
        };
        let (Some(judgment), Some(hypothesis), true) = (without, row.hypothesis, self.search.is_share) else {
            return false;
        };
        judgment.judged[hypothesis as usize].is_none_or(|judged| {
            let has_turned = (judged.ratio - 1.0).signum() * (row.ratio - 1.0).signum() < 0.0;
            has_turned || judged.test.q > self.gate.max_false_discoveries.0
        })
    }

    fn values(&self, runs: &[Estimate], exposure: &[f64]) -> [Values; 2] {
        let is_counted = self.search.is_share && self.table.runs[0].columns.is_counted_plainly();
        let value = |run: &Estimate| if is_counted { run.sampled } else { run.value };
        let over = |value: f64, exposure: f64| if exposure > 0.0 { value / exposure } else { 0.0 };
        let side = |side: std::ops::Range<usize>| {
            let (runs, exposure) = (&runs[side.clone()], &exposure[side]);
            Values {
                normalized: over(runs.iter().map(value).sum(), exposure.iter().sum()),
                total: runs.iter().map(|run| run.value).sum(),
                samples: runs.iter().map(|run| run.sampled).sum(),
                runs: runs.iter().zip(exposure).map(|(run, &exposure)| over(value(run), exposure)).collect(),
            }
        };
        [side(0..self.table.n_base), side(self.table.n_base..self.table.n_runs())]
    }

    fn row(
        &self,
        subject: Subject,
        [base, head]: [Values; 2],
        judged: Option<Judged>,
        hypothesis: Result<u32, Untested>,
    ) -> Row {
        let function = match subject {
            Subject::Row(row) => Some(&self.table.functions[row.function()]),
            Subject::Total => None,
        };
        let slowdown = (self.search.is_share && base.normalized > 0.0 && head.normalized < 1.0)
            .then(|| head.normalized / (1.0 - head.normalized) * (1.0 - base.normalized) / base.normalized);
        let significance = self.significance(subject, hypothesis, judged, [&base, &head]);
        Row {
            name: function.map_or_else(|| TOTAL.into(), |function| function.name.clone()),
            base_name: function.and_then(|function| function.base_name.clone()),
            measure: match subject {
                Subject::Row(row) => Measure::of_function(row.by()),
                Subject::Total => Measure::Total,
            },
            presence: self.presence(&base, &head),
            ratio: head.normalized / base.normalized,
            slowdown,
            interval: judged.map(|judged| judged.interval),
            test: judged.map(|judged| judged.test),
            significance,
            hypothesis: hypothesis.ok().filter(|_| judged.is_some()),
            is_shown: self.is_shown(subject, hypothesis),
            is_shift: false,
            is_own: function.is_some_and(|function| function.is_own),
            base,
            head,
        }
    }

    fn is_shown(&self, subject: Subject, hypothesis: Result<u32, Untested>) -> bool {
        match (subject, hypothesis) {
            (Subject::Row(row), Ok(hypothesis)) => self.search.hypotheses.shown[hypothesis as usize] == row,
            _ => true,
        }
    }

    fn significance(
        &self,
        subject: Subject,
        hypothesis: Result<u32, Untested>,
        judged: Option<Judged>,
        [base, head]: [&Values; 2],
    ) -> Significance {
        if let Some(reason) = self.unjudged {
            return Significance::Untested(reason);
        }
        let Some(judged) = judged else {
            return Significance::Untested(hypothesis.err().unwrap_or(Untested::ZeroRun));
        };
        let is_decisive = match subject {
            Subject::Row(row) => row.by() == self.gate.by,
            Subject::Total => true,
        };
        if is_decisive && self.search.is_regression(&judged, base.normalized, head.normalized) {
            return Significance::Regressed;
        }
        if judged.test.q > self.gate.max_false_discoveries.0 {
            Significance::Unclear
        } else if judged.test.statistic > 0.0 {
            Significance::Grew
        } else {
            Significance::Fell
        }
    }

    /// On which sides it was seen, where the other one would have shown it.
    fn presence(&self, base: &Values, head: &Values) -> Presence {
        let has_counts = self.table.runs[0].columns.has_counts();
        let would_show = |side: std::ops::Range<usize>| {
            let events: f64 = self.totals[side].iter().map(|total| total.sampled).sum();
            !has_counts || NOTHING_SEEN < self.gate.min_share.0 * events
        };
        match (base.total > 0.0, head.total > 0.0) {
            (true, true) => Presence::Both,
            (false, _) if would_show(0..self.table.n_base) => Presence::New,
            (_, false) if would_show(self.table.n_base..self.table.n_runs()) => Presence::Gone,
            _ => Presence::Rare,
        }
    }
}

/// Whether a row is one that a gate decides by.
pub(super) fn is_decisive(row: &Row, by: By) -> bool {
    row.measure == Measure::Total || row.measure == Measure::of_function(by)
}
