//! Puts it all together: from runs to the verdict.

use std::borrow::Borrow;

use super::counted::Counted;
use super::culprits::{Culprit, Found, Search, Subject as Changed};
use super::hypotheses::{Hypotheses, Patterns, Sizes, hypotheses};
use super::judge::{Judgment, Numbers, Plan};
use super::levels::levels;
use super::rest::Rest;
use super::rows::{Rows, is_decisive};
use super::run_counts::RunCounts;
use super::sides::Sides;
use super::table::Table;
use super::warnings;
use crate::statistics::allocations::Estimate;
use crate::statistics::detectable::NINE_IN_TEN;
use crate::statistics::score::Scale;
use crate::statistics::special::t_quantile;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::note::Note;
use crate::verdict::options::{Gate, Normalization, Options};
use crate::verdict::outcome::{Decided, Detectable, Outcome, Subject, Undecided, Unjudged, Verdict};
use crate::verdict::regression::{Improvement, Regression, Standing};
use crate::verdict::row::{Presence, Row, Untested};
use crate::verdict::run::{RunInfo, SideInfo};

/// Fewest samples of both sides together.
const MIN_SAMPLES: f64 = 100.0;
/// Runs a side from which snapshots are judged.
const MIN_SNAPSHOTS: usize = 5;
/// A comparison that would not see a function of this share take twice as long saw nothing.
const COARSE_SHARE: f64 = 0.1;
const COARSE_SLOWDOWN: f64 = 1.0;
/// Runs a side that a gate should have.
const GOOD_RUNS: usize = 3;
/// The shares for which it is said what would have shown.
const SHARES: [f64; 5] = [0.5, 0.2, COARSE_SHARE, 0.05, 0.01];

/// Compares the runs of two sides.
///
/// # Errors
/// The sides cannot be compared, or an option is none: see [`Incomparable`].
pub fn compare<R: Borrow<RunCounts>>(
    base: &[R],
    head: &[R],
    options: &Options,
) -> Result<Verdict, Incomparable> {
    check(&options.gate)?;
    let patterns = Patterns::compile(&options.gate)?;
    let sides =
        Sides::new(base.iter().map(Borrow::borrow).collect(), head.iter().map(Borrow::borrow).collect())?;
    let comparison = Comparison::new(&sides, options, patterns)?;
    Ok(comparison.verdict())
}

/// Whether the numbers of a gate are in their ranges.
pub(in crate::verdict) fn check(gate: &Gate) -> Result<(), Incomparable> {
    let numbers = [
        ("fail-on", gate.fail_on.0, 0.0..=f64::MAX, "a growth such as 5%"),
        (
            "fail-on-at-least",
            gate.fail_on_at_least.map_or(0.0, |least| least.0),
            0.0..=f64::MAX,
            "a growth such as 5%",
        ),
        ("min-share", gate.min_share.0, 0.0..=0.98, "a share between 0% and 98%"),
        ("alpha", gate.alpha.0, 1e-12..=0.5, "a chance between 1e-12 and 0.5"),
        ("max-false-discoveries", gate.max_false_discoveries.0, 1e-12..=0.5, "a part between 1e-12 and 0.5"),
    ];
    for (option, value, allowed, range) in numbers {
        if !allowed.contains(&value) {
            return Err(Incomparable::Range { option, value: value.to_string(), range });
        }
    }
    Ok(())
}

/// A comparison on its way.
struct Comparison<'a> {
    sides: &'a Sides<'a>,
    options: &'a Options,
    patterns: Patterns,
    table: Table<'a>,
    totals: Vec<Estimate>,
    counted: Counted,
    plan: Plan,
    is_share: bool,
    /// What each run is divided by.
    exposure: Vec<f64>,
}

impl<'a> Comparison<'a> {
    fn new(sides: &'a Sides<'a>, options: &'a Options, patterns: Patterns) -> Result<Self, Incomparable> {
        let gate = &options.gate;
        let counted = sides.counted();
        let is_cpu = matches!(counted, Counted::Samples | Counted::SamplesByPeriod);
        let is_share = options.normalization.is_share()
            || (options.normalization == Normalization::PerCpuSecond && is_cpu);
        let totals = sides.totals();
        let shown_total = |total: &Estimate| if is_cpu { total.sampled } else { total.value };
        let exposure: Vec<f64> = if is_share {
            totals.iter().map(shown_total).collect()
        } else {
            sides.rate_exposure(&options.normalization)?
        };
        let mut table = Table::new(sides.runs.clone(), sides.n_base, &sides.unit_ratios, gate.min_share.0);
        if let Some(own) = &patterns.own {
            table
                .functions
                .iter_mut()
                .for_each(|function| function.is_own = own.is_match(function.name.as_bytes()));
        }
        let mut plan = Plan {
            decided: Decided::NotJudged,
            scale: if is_share { Scale::Share } else { Scale::Rate },
            n_base: sides.n_base,
            at_least: gate.fail_on_at_least.map_or(0.0, |least| least.0),
            alpha: gate.alpha.0,
        };
        plan.decided = decided(counted, plan.runs(table.n_runs()));
        Ok(Self { sides, options, patterns, table, totals, counted, plan, is_share, exposure })
    }

    fn gate(&self) -> &'a Gate {
        &self.options.gate
    }

    fn runs(&self) -> [usize; 2] {
        self.plan.runs(self.table.n_runs())
    }

    /// Why nothing can be judged, told before anything is.
    fn unjudged(&self) -> Option<Unjudged> {
        let samples: f64 = self.totals.iter().map(|total| total.sampled).sum();
        if self.totals.iter().all(|total| total.value == 0.0) {
            return Some(Unjudged::Empty);
        }
        let fewest = self.runs().into_iter().min().unwrap_or(0);
        match self.counted {
            Counted::Instant => Some(Unjudged::Instant),
            Counted::Snapshot if fewest < MIN_SNAPSHOTS => {
                Some(Unjudged::TooFewRuns { what: "a snapshot of the heap", needs: MIN_SNAPSHOTS })
            }
            Counted::Contention if fewest < 2 => {
                Some(Unjudged::TooFewRuns { what: "a mutex or block profile", needs: 2 })
            }
            Counted::Values if fewest < 2 => {
                Some(Unjudged::TooFewRuns { what: "a profile without counts of samples", needs: 2 })
            }
            Counted::Contention | Counted::Values => None,
            _ if samples < MIN_SAMPLES => Some(Unjudged::FewSamples { samples }),
            _ => None,
        }
    }

    fn verdict(mut self) -> Verdict {
        let sizes = Sizes {
            totals: &self.totals,
            has_counts: self.has_counts(),
            is_counted_plainly: matches!(self.counted, Counted::Samples | Counted::SamplesByPeriod),
        };
        let unjudged = self.unjudged();
        if unjudged.is_some() {
            self.plan.decided = Decided::NotJudged;
        }
        let hypotheses = hypotheses(&self.table, sizes, self.gate(), &self.patterns);
        // The total of a rate sees a slowdown of everything; its noise is the machine's, which one run cannot show.
        let has_total =
            !self.is_share && self.plan.df_runs(self.table.n_runs()) > 0.0 && self.patterns.focus.is_none();
        let total = has_total.then(|| u32::try_from(hypotheses.shown.len()).expect("rows have u32 ids"));
        let all = Rest::all(
            &self.table,
            &self.sides.unit_ratios,
            &hypotheses.shown,
            has_total.then(|| self.totals.clone()),
            self.exposure.clone(),
            self.levels(&hypotheses),
            self.is_share,
        );
        let judgment = self.plan.judge(&all.numbers);
        let search = Search {
            table: &self.table,
            hypotheses: &hypotheses,
            plan: self.plan,
            gate: self.gate(),
            patterns: &self.patterns,
            total,
            is_share: self.is_share,
        };
        let found = search.run(&all, &judgment);
        let rows = Rows {
            table: &self.table,
            search: &search,
            gate: self.gate(),
            shown_exposure: &self.exposure,
            totals: &self.totals,
            unjudged: unjudged.is_some().then_some(Untested::NoModel),
        };
        let all_rows = rows.all(&judgment, &found);
        let detectable = self.detectable(&judgment, &all.numbers);
        let regressions: Vec<Regression> =
            found.worse.iter().map(|culprit| self.regression(&rows, culprit)).collect();
        let improvements =
            found.better.iter().map(|culprit| Improvement { row: rows.of_culprit(culprit) }).collect();
        let notes = self.notes(&hypotheses, &all.numbers, &regressions);
        let outcome = unjudged.map_or_else(
            || self.outcome(&all_rows, &regressions, &found, &judgment, &detectable),
            Outcome::NothingComparable,
        );
        let [base, head] = self.side_infos();
        Verdict {
            subject: self.subject(),
            normalization: if self.is_share {
                Normalization::Share
            } else {
                self.options.normalization.clone()
            },
            gate: self.gate().clone(),
            outcome,
            regressions,
            improvements,
            rows: all_rows,
            detectable,
            method: judgment.method,
            base,
            head,
            notes,
        }
    }

    /// What most functions have in common, of samples per unit or second: a run that got more of the machine has more of
    /// all. Shares are parts of one number, and what a program allocates does not depend on the machine.
    fn levels(&self, hypotheses: &Hypotheses) -> Option<Vec<f64>> {
        let rows = hypotheses.large.iter().map(|&row| self.table.row(row));
        let is_of_samples = self.plan.decided == Decided::Counts && !self.is_share;
        is_of_samples.then(|| levels(rows, &self.exposure))
    }

    fn has_counts(&self) -> bool {
        !matches!(self.counted, Counted::Contention | Counted::Instant | Counted::Values)
            && self.sides.runs.iter().all(|run| run.columns.has_counts())
    }

    fn subject(&self) -> Subject {
        let kind = self.sides.runs[0].kind().to_owned();
        let words = match kind.as_str() {
            "cpu" | "samples" => "CPU",
            "alloc_space" => "allocated bytes",
            "alloc_objects" => "allocated objects",
            "inuse_space" | "space" => "bytes in use",
            "inuse_objects" | "objects" => "objects in use",
            "goroutine" | "goroutineleak" => "goroutines",
            "threadcreate" => "created threads",
            "delay" => "delay",
            "contentions" => "contentions",
            kind => kind,
        };
        let words = words.to_owned();
        Subject { kind, unit: self.sides.unit.clone(), words }
    }

    fn side_infos(&self) -> [SideInfo; 2] {
        let info = |at: usize| {
            let total = self.totals[at];
            RunInfo {
                samples: total.sampled,
                total: total.value,
                exposure: self.exposure[at],
                ..self.sides.runs[at].info.clone()
            }
        };
        let n_base = self.sides.n_base;
        [0..n_base, n_base..self.table.n_runs()].map(|runs| SideInfo { runs: runs.map(info).collect() })
    }

    fn detectable(&self, judgment: &Judgment, numbers: &Numbers) -> Vec<Detectable> {
        if self.plan.decided == Decided::NotJudged {
            return Vec::new();
        }
        SHARES.map(|share| self.plan.detectable(judgment, numbers, &self.totals, share)).to_vec()
    }

    fn regression(&self, rows: &Rows<'_, '_>, culprit: &Culprit) -> Regression {
        let name = |function: u32| self.table.functions[function as usize].name.clone();
        let row = rows.of_culprit(culprit);
        let largest = match culprit.largest {
            Changed::Row(row) => self.table.functions[row.function()].name.clone(),
            Changed::Total => "total".into(),
        };
        let mut standing = culprit.standing.clone();
        // Delay is conserved: where it goes says nothing of what it costs.
        if self.sides.runs[0].kind() == "delay" && standing == Standing::Fails {
            standing = Standing::Allowed;
        }
        Regression {
            row,
            explains: culprit.explains,
            largest,
            kind: culprit.kind.clone(),
            chain: culprit.chain.iter().map(|&function| name(function)).collect(),
            standing,
        }
    }

    fn outcome(
        &self,
        rows: &[Row],
        regressions: &[Regression],
        found: &Found,
        judgment: &Judgment,
        detectable: &[Detectable],
    ) -> Outcome {
        let fails = |regression: &Regression| match regression.standing {
            Standing::Fails => true,
            Standing::Allowed => false,
            Standing::Moved { .. } => self.gate().strict,
        };
        if regressions.iter().any(fails) {
            return Outcome::Regression;
        }
        if judgment.method.n_hypotheses == 0 {
            return Outcome::NothingComparable(Unjudged::NoHypothesis);
        }
        let coarse = detectable.iter().find(|detectable| detectable.share == COARSE_SHARE);
        if let Some(coarse) = coarse.filter(|coarse| coarse.slowdown > COARSE_SLOWDOWN) {
            return Outcome::NothingComparable(Unjudged::TooCoarse { slowdown: coarse.slowdown });
        }
        match self.suspicious(rows, found, judgment) {
            Some(undecided) => Outcome::Undecided(Box::new(undecided)),
            None => Outcome::NoRegression,
        }
    }

    /// The row that would be a regression if chance did not explain it, with the smallest chance.
    fn suspicious(&self, rows: &[Row], found: &Found, judgment: &Judgment) -> Option<Undecided> {
        let gate = self.gate();
        // What is allowed or only moved has explained its own growth.
        let left = found.without_worse.as_ref().unwrap_or(judgment);
        let test = |row: &Row| {
            let hypothesis = row.hypothesis?;
            Some(left.judged[hypothesis as usize]?.test)
        };
        let is_large = |row: &&Row| !self.is_share || row.head.normalized >= gate.min_share.0;
        let suspects = rows
            .iter()
            .filter(|row| is_decisive(row, gate.by) && row.is_shown && !row.is_shift)
            .filter(|row| row.change() >= gate.fail_on.0 && !self.patterns.allows(&row.name))
            .filter(|row| row.presence != Presence::Rare)
            .filter(is_large)
            .filter_map(|row| Some((test(row)?, row)))
            .filter(|(test, _)| test.is_suspicious())
            .map(|(test, row)| (test.p, row));
        let (_, row) = suspects.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)))?;
        let test = row.test?;
        let limit = t_quantile(gate.alpha.0 / judgment.method.n_hypotheses.max(1) as f64, test.df);
        let [n_base, n_head] = self.runs().map(|runs| runs as f64);
        let runs = 2.0 / (1.0 / n_base + 1.0 / n_head);
        let needed = runs * ((limit + NINE_IN_TEN) / test.statistic).powi(2);
        let runs_needed =
            (needed.is_finite() && needed < 1e6).then(|| needed.ceil().max(runs.floor() + 1.0) as u32);
        Some(Undecided { row: row.clone(), runs_needed })
    }

    fn notes(&self, hypotheses: &Hypotheses, numbers: &Numbers, regressions: &[Regression]) -> Vec<Note> {
        let mut notes = Vec::new();
        let [base, head] = self.side_infos();
        let is_cpu_nanos = self.sides.runs[0].kind() == "cpu" && self.sides.unit == "nanoseconds";
        let fewest = self.runs().into_iter().min().unwrap_or(0);
        if fewest == 1 && self.plan.df_runs(self.table.n_runs()) == 0.0 {
            notes.push(Note::OneRun);
        } else if fewest < GOOD_RUNS {
            notes.push(Note::FewRuns { runs: fewest });
        }
        notes.extend(warnings::of_sides(&base, &head, is_cpu_nanos));
        notes.extend(warnings::outlier(self.sides, &self.table, hypotheses, &self.plan, numbers));
        for (first, other) in &self.sides.same_numbers {
            notes.push(Note::SameNumbers { first: first.clone(), other: other.clone() });
        }
        match self.options.normalization {
            _ if self.is_share => notes.push(Note::SharesAreBlind),
            Normalization::PerSecond => notes.push(Note::PerSecondIsBlind),
            _ => {}
        }
        if self.sides.runs[0].kind() == "delay" {
            notes.push(Note::DelayIsConserved);
        }
        if self.counted == Counted::Snapshot {
            notes.push(Note::Snapshot);
        }
        if self.counted == Counted::SamplesByPeriod {
            notes.push(Note::CountsFromPeriod);
        }
        let allowed = regressions.iter().filter(|regression| regression.standing == Standing::Allowed);
        let functions: Vec<String> = allowed.map(|regression| regression.row.name.to_string()).collect();
        if !functions.is_empty() {
            notes.push(Note::Allowed { functions });
        }
        for regression in regressions {
            if let Standing::Moved { from } = &regression.standing {
                notes.push(Note::Moved { from: from.to_string(), to: regression.row.name.to_string() });
            }
        }
        notes
    }
}

/// By which model of noise values are judged.
fn decided(counted: Counted, [n_base, n_head]: [usize; 2]) -> Decided {
    match counted {
        Counted::Samples | Counted::SamplesByPeriod => Decided::Counts,
        Counted::Allocations | Counted::Snapshot => Decided::Allocations,
        Counted::Contention | Counted::Values if n_base >= 2 && n_head >= 2 => Decided::Logarithms,
        _ => Decided::NotJudged,
    }
}
