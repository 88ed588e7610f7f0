//! Puts it all together: from traces to the verdict.

use std::borrow::Borrow;
use std::sync::Arc;

use super::judge::{Judgment, judge};
use super::rows::{is_improvement, rows};
use super::sides::{Sides, is_within};
use super::table::{Line, lines};
use super::trace_run::TraceRun;
use crate::statistics::detectable::NINE_IN_TEN;
use crate::statistics::special::t_quantile;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::note::Note;
use crate::verdict::options::{Gate, Normalization, Options};
use crate::verdict::outcome::{Detectable, Outcome, Subject, Undecided, Unjudged, Verdict};
use crate::verdict::profiles::hypotheses::Patterns;
use crate::verdict::profiles::{check, warnings};
use crate::verdict::regression::{Improvement, Kind, Regression, Standing};
use crate::verdict::row::{Row, Significance};
use crate::verdict::run::SideInfo;

/// The part of a latency's growth that a measure must explain to be named.
const EXPLAINS: f64 = 0.5;
/// A comparison that would have shown no latency that doubled saw nothing.
const COARSE_GROWTH: f64 = 1.0;
/// Runs a side that a gate should have.
const GOOD_RUNS: usize = 3;
/// The part of the events from which a loss is said.
const LOST: f64 = 0.005;

/// Compares the traces of two sides: p50, p90 and p99 of where the time of each task, region and goroutine went.
///
/// With one trace a side the verdict holds within these two recordings, and is no regression whatever it says.
///
/// # Errors
/// The sides cannot be compared, or an option is none: see [`Incomparable`].
pub fn compare<R: Borrow<TraceRun>>(
    base: &[R],
    head: &[R],
    options: &Options,
) -> Result<Verdict, Incomparable> {
    check(&options.gate)?;
    let patterns = Patterns::compile(&options.gate)?;
    if !options.normalization.is_share() {
        return Err(Incomparable::TracesPerInstance { normalization: options.normalization.text() });
    }
    let sides =
        Sides::new(base.iter().map(Borrow::borrow).collect(), head.iter().map(Borrow::borrow).collect())?;
    let lines = lines(&sides, &options.gate, &patterns);
    let judgment = judge(&lines, sides.n_runs(), &options.gate);
    let rows = rows(&lines, &judgment, sides.n_base, &options.gate);
    let comparison = Comparison { sides, gate: &options.gate, patterns, lines, judgment, rows };
    Ok(comparison.verdict())
}

/// A comparison on its way. Lines, what was found about them, and rows are in one order.
struct Comparison<'a> {
    sides: Sides<'a>,
    gate: &'a Gate,
    patterns: Patterns,
    lines: Vec<Line>,
    judgment: Judgment,
    rows: Vec<Row>,
}

impl Comparison<'_> {
    fn verdict(self) -> Verdict {
        let regressions = self.regressions();
        let improvements = self.improvements();
        let growths = self.judgment.detectable(&self.lines, self.gate);
        let is_within = is_within(self.sides.n_runs());
        let outcome = self.outcome(&regressions, &growths);
        let notes = self.notes(&regressions);
        let median = growths.get(growths.len() / 2).filter(|_| !is_within);
        let detectable = median.map(|&growth| Detectable { share: 1.0, slowdown: growth, change: growth });
        let [base, head] = self.side_infos();
        let mut rows = self.rows;
        rows.sort_by(|a, b| {
            let is_untested = |row: &Row| row.test.is_none();
            (is_untested(a).cmp(&is_untested(b)))
                .then_with(|| b.growth().abs().total_cmp(&a.growth().abs()))
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.measure.cmp(&b.measure))
        });
        Verdict {
            subject: Subject {
                kind: "trace".to_owned(),
                unit: "nanoseconds".to_owned(),
                words: "time".to_owned(),
            },
            normalization: Normalization::PerUnit { unit: "instance".to_owned() },
            gate: self.gate.clone(),
            outcome,
            regressions,
            improvements,
            rows,
            detectable: detectable.into_iter().collect(),
            method: self.judgment.method,
            base,
            head,
            notes,
        }
    }

    fn side_infos(&self) -> [SideInfo; 2] {
        let (base, head) = self.sides.runs.split_at(self.sides.n_base);
        [base, head].map(|runs| SideInfo { runs: runs.iter().map(|run| run.info.clone()).collect() })
    }

    /// One row for each group of those that hold: a latency before any part of it, then the largest growth. Groups in
    /// their order, tasks first; those of a kind by growth.
    fn one_a_group(&self, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut best: Vec<usize> = Vec::new();
        let rank = |at: usize| (self.lines[at].is_latency(), self.rows[at].growth().abs());
        for at in (0..self.rows.len()).filter(|&at| holds(at)) {
            // Lines of a group stand together.
            match best.last_mut().filter(|last| self.lines[**last].group == self.lines[at].group) {
                Some(last) if rank(at) > rank(*last) => *last = at,
                Some(_) => {}
                None => best.push(at),
            }
        }
        let growth = |at: usize| self.rows[at].growth().abs();
        best.sort_by(|&a, &b| {
            let kinds = self.lines[a].group.kind.cmp(&self.lines[b].group.kind);
            kinds.then_with(|| growth(b).total_cmp(&growth(a))).then_with(|| a.cmp(&b))
        });
        best
    }

    fn allows(&self, at: usize) -> bool {
        self.patterns.allows(&self.lines[at].title())
    }

    /// What fails and what is allowed to, each group once in each.
    fn regressions(&self) -> Vec<Regression> {
        let is_regressed = |at: usize| self.rows[at].significance == Significance::Regressed;
        let failing = self.one_a_group(|at| is_regressed(at) && !self.allows(at));
        let allowed = self.one_a_group(|at| is_regressed(at) && self.allows(at));
        let of = |at: usize, standing: Standing| Regression {
            row: self.rows[at].clone(),
            explains: 1.0,
            largest: self.rows[at].name.clone(),
            kind: Kind::Value,
            chain: self.explained_by(at),
            standing,
        };
        let failing = failing.into_iter().map(|at| of(at, Standing::Fails));
        failing.chain(allowed.into_iter().map(|at| of(at, Standing::Allowed))).collect()
    }

    /// The measures whose same quantile grew by at least half of what the latency did, the largest growth first.
    fn explained_by(&self, latency: usize) -> Vec<Arc<str>> {
        let line = &self.lines[latency];
        if !line.is_latency() {
            return Vec::new();
        }
        let wanted = EXPLAINS * self.rows[latency].growth();
        let is_part = |&at: &usize| {
            let (other, row) = (&self.lines[at], &self.rows[at]);
            let has_grown = matches!(row.significance, Significance::Regressed | Significance::Grew);
            other.group == line.group
                && other.level == line.level
                && !other.is_latency()
                && has_grown
                && row.growth() >= wanted
        };
        let mut parts: Vec<usize> = (0..self.rows.len()).filter(is_part).collect();
        parts.sort_by(|&a, &b| self.rows[b].growth().total_cmp(&self.rows[a].growth()));
        parts.into_iter().map(|at| self.lines[at].measured.text().into()).collect()
    }

    fn improvements(&self) -> Vec<Improvement> {
        let is_within = is_within(self.sides.n_runs());
        let holds = |at: usize| {
            let judged = self.judgment.judged[at];
            !is_within && judged.is_some_and(|judged| is_improvement(&judged, self.gate))
        };
        let found = self.one_a_group(holds).into_iter();
        found.map(|at| Improvement { row: self.rows[at].clone() }).collect()
    }

    fn outcome(&self, regressions: &[Regression], growths: &[f64]) -> Outcome {
        if regressions.iter().any(|regression| regression.standing == Standing::Fails) {
            return Outcome::Regression;
        }
        if self.sides.runs.iter().all(|run| run.is_empty()) {
            return Outcome::NothingComparable(Unjudged::Empty);
        }
        if self.judgment.method.n_hypotheses == 0 {
            return Outcome::NothingComparable(Unjudged::NoQuantile);
        }
        if is_within(self.sides.n_runs()) {
            return self.within().map_or(Outcome::NoRegression, |it| Outcome::Undecided(Box::new(it)));
        }
        if let Some(&growth) = growths.first().filter(|growth| **growth > COARSE_GROWTH) {
            return Outcome::NothingComparable(Unjudged::TooNoisy { growth });
        }
        self.suspicious().map_or(Outcome::NoRegression, |it| Outcome::Undecided(Box::new(it)))
    }

    /// What grew within the recordings by as much as would fail.
    fn within(&self) -> Option<Undecided> {
        let holds = |at: usize| {
            let row = &self.rows[at];
            row.significance == Significance::Grew && row.change() >= self.gate.fail_on.0 && !self.allows(at)
        };
        let first = self.one_a_group(holds).first().copied()?;
        Some(Undecided { row: self.rows[first].clone(), runs_needed: None })
    }

    /// The row that would be a regression if chance did not explain it, with the smallest chance.
    fn suspicious(&self) -> Option<Undecided> {
        let suspect = |at: usize| {
            let (row, test) = (&self.rows[at], self.rows[at].test?);
            let is_suspect = row.change() >= self.gate.fail_on.0
                && test.is_suspicious()
                && row.significance != Significance::Regressed
                && !self.allows(at);
            is_suspect.then_some((test.p, at))
        };
        let suspects = (0..self.rows.len()).filter_map(suspect);
        let (_, at) = suspects.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)))?;
        let test = self.rows[at].test?;
        let limit = t_quantile(self.gate.alpha.0 / self.judgment.method.n_hypotheses as f64, test.df);
        let [n_base, n_head] = self.sides.n_runs().map(|runs| runs as f64);
        let runs = 2.0 / (1.0 / n_base + 1.0 / n_head);
        let needed = runs * ((limit + NINE_IN_TEN) / test.statistic).powi(2);
        let runs_needed =
            (needed.is_finite() && needed < 1e6).then(|| needed.ceil().max(runs.floor() + 1.0) as u32);
        Some(Undecided { row: self.rows[at].clone(), runs_needed })
    }

    fn notes(&self, regressions: &[Regression]) -> Vec<Note> {
        let mut notes = Vec::new();
        let n_runs = self.sides.n_runs();
        let fewest = n_runs[0].min(n_runs[1]);
        if is_within(n_runs) {
            notes.push(Note::WithinRecordings { recordings: n_runs[0] + n_runs[1] });
        } else if fewest < GOOD_RUNS {
            notes.push(Note::FewRuns { runs: fewest });
        }
        let [base, head] = self.side_infos();
        notes.extend(warnings::of_sides(&base, &head, false));
        for run in self.sides.runs.iter().filter(|run| run.lost_share > LOST) {
            notes.push(Note::LostEvents { run: run.info.context.name.clone(), share: run.lost_share });
        }
        for (first, other) in &self.sides.same_numbers {
            notes.push(Note::SameNumbers { first: first.clone(), other: other.clone() });
        }
        let allowed = regressions.iter().filter(|regression| regression.standing == Standing::Allowed);
        let names: Vec<String> = allowed.map(|regression| regression.row.title()).collect();
        if !names.is_empty() {
            notes.push(Note::Allowed { functions: names });
        }
        notes.push(Note::PerInstance);
        notes
    }
}
