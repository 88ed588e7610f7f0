//! Puts it all together: from benchmark outputs to the verdict.

use std::sync::Arc;

use goscope_parsers::bench::BenchOutput;

use super::judge::{Judged, judge, n_tests};
use super::table::{Line, Table, table};
use crate::bench::median;
use crate::statistics::detectable::NINE_IN_TEN;
use crate::statistics::rank::least_chance;
use crate::statistics::special::t_quantile;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::note::Note;
use crate::verdict::options::{Gate, Normalization};
use crate::verdict::outcome::{Decided, Detectable, Method, Outcome, Subject, Undecided, Unjudged, Verdict};
use crate::verdict::profiles::check;
use crate::verdict::profiles::hypotheses::Patterns;
use crate::verdict::regression::{Improvement, Kind, Regression, Standing};
use crate::verdict::row::{Measure, Presence, Row, Significance, Values};
use crate::verdict::run::{RunContext, RunInfo, SideInfo};

/// Runs a side above which it is not said how many would decide.
const MOST_NEEDED: usize = 100;
/// The reach of a 95 % interval in standard errors.
const REACH: f64 = 1.96;

/// Compares the benchmarks of two sides. `unit` is the only one that is judged, such as `sec/op`; all are if it is
/// `None`.
///
/// # Errors
/// An option is none: see [`Incomparable`].
pub fn compare(
    base: &[&BenchOutput],
    head: &[&BenchOutput],
    gate: &Gate,
    unit: Option<&str>,
) -> Result<Verdict, Incomparable> {
    check(gate)?;
    let patterns = Patterns::compile(gate)?;
    let table = table(base, head, unit, &patterns);
    let judged = judge(&table.lines, gate);
    let rows = table.lines.iter().zip(&judged).map(|(line, judged)| row(line, judged.as_ref(), &table, gate));
    let rows: Vec<Row> = rows.collect();
    let comparison = Comparison { gate, patterns, table: &table, judged: &judged, rows };
    Ok(comparison.verdict([base, head]))
}

/// A comparison on its way. Lines, what was found about them, and rows are in one order.
struct Comparison<'a> {
    gate: &'a Gate,
    patterns: Patterns,
    table: &'a Table,
    judged: &'a [Option<Judged>],
    rows: Vec<Row>,
}

fn row(line: &Line, judged: Option<&Judged>, table: &Table, gate: &Gate) -> Row {
    let values = |values: &Vec<f64>| {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        Values { normalized: median(&sorted), total: values.iter().sum(), samples: 0.0, runs: values.clone() }
    };
    let (base, head) = (values(&line.values[0]), values(&line.values[1]));
    let ratio = judged.map_or_else(|| head.normalized / base.normalized, |judged| judged.ratio);
    Row {
        name: line.title(table.has_packages),
        base_name: None,
        measure: Measure::Unit { unit: line.unit.to_string(), is_more_better: line.is_more_better },
        base,
        head,
        presence: Presence::Both,
        ratio,
        slowdown: None,
        interval: judged.and_then(|judged| judged.interval),
        test: judged.map(|judged| judged.test),
        significance: significance(line, judged, gate),
        hypothesis: None,
        is_shown: true,
        is_shift: false,
        is_own: true,
    }
}

/// How much worse: 0.05 is 5% more time, or 5% less of what there should be more of.
fn worsening(line: &Line, judged: &Judged) -> f64 {
    if line.is_more_better { 1.0 / judged.ratio - 1.0 } else { judged.ratio - 1.0 }
}

fn significance(line: &Line, judged: Option<&Judged>, gate: &Gate) -> Significance {
    let Some(judged) = judged else {
        return line.untested.map_or(Significance::Unclear, Significance::Untested);
    };
    let worse = worsening(line, judged);
    let is_known = judged.test.q <= gate.max_false_discoveries.0;
    if judged.test.holm <= gate.alpha.0 && worse > 0.0 && worse >= gate.fail_on.0 {
        Significance::Regressed
    } else if is_known && worse > 0.0 {
        Significance::Grew
    } else if is_known && worse < 0.0 {
        Significance::Fell
    } else {
        Significance::Unclear
    }
}

impl Comparison<'_> {
    fn verdict(self, sides: [&[&BenchOutput]; 2]) -> Verdict {
        let regressions = self.regressions();
        let improvements = self.improvements();
        let method = Method {
            n_hypotheses: n_tests(&self.table.lines, self.judged),
            decided: Decided::Ranks,
            ..Method::default()
        };
        let outcome = self.outcome(&regressions, method.n_hypotheses);
        let detectable = self.detectable(method.n_hypotheses);
        let notes = self.notes(&regressions, sides);
        let [base, head] = [0, 1].map(|side| self.side(side));
        Verdict {
            subject: Subject {
                kind: "benchmarks".to_owned(),
                unit: "op".to_owned(),
                words: "benchmarks".to_owned(),
            },
            normalization: Normalization::PerUnit { unit: "op".to_owned() },
            gate: self.gate.clone(),
            outcome,
            regressions,
            improvements,
            detectable,
            method,
            base,
            head,
            notes,
            rows: self.rows,
        }
    }

    fn lines(&self) -> impl Iterator<Item = (&Line, &Judged, &Row)> {
        let lines = self.table.lines.iter().zip(self.judged).zip(&self.rows);
        lines.filter_map(|((line, judged), row)| Some((line, judged.as_ref()?, row)))
    }

    /// What fails and what is allowed to, the largest first.
    fn regressions(&self) -> Vec<Regression> {
        let mut found: Vec<(f64, Regression)> = self
            .lines()
            .filter(|(.., row)| row.significance == Significance::Regressed)
            .map(|(line, judged, row)| {
                let is_allowed = self.patterns.allows(&row.name);
                let standing = if is_allowed { Standing::Allowed } else { Standing::Fails };
                let (largest, chain) = (Arc::clone(&row.name), Vec::new());
                let row = row.clone();
                let regression =
                    Regression { row, explains: 1.0, largest, kind: Kind::Value, chain, standing };
                (worsening(line, judged), regression)
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().map(|(_, regression)| regression).collect()
    }

    fn improvements(&self) -> Vec<Improvement> {
        let is_better = |judged: &Judged| judged.holm_better <= self.gate.alpha.0;
        let mut found: Vec<(f64, Improvement)> = self
            .lines()
            .filter(|(_, judged, row)| row.significance == Significance::Fell && is_better(judged))
            .map(|(line, judged, row)| (worsening(line, judged), Improvement { row: row.clone() }))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.into_iter().map(|(_, improvement)| improvement).collect()
    }

    fn outcome(&self, regressions: &[Regression], n_tests: usize) -> Outcome {
        if regressions.iter().any(|it| it.standing == Standing::Fails) {
            return Outcome::Regression;
        }
        if self.table.lines.is_empty() {
            return Outcome::NothingComparable(Unjudged::NoBenchmark);
        }
        if self.lines().next().is_none() {
            return Outcome::NothingComparable(Unjudged::NoHypothesis);
        }
        if n_tests > 0 && n_tests == self.lines().count() && !self.can_decide(n_tests) {
            let chance = |n: &usize| least_chance(*n, *n) * n_tests as f64 <= self.gate.alpha.0;
            let needs = (1..=MOST_NEEDED).find(chance).unwrap_or(MOST_NEEDED);
            let what = if n_tests == 1 { "a benchmark" } else { "a benchmark among so many" };
            return Outcome::NothingComparable(Unjudged::TooFewRuns { what, needs });
        }
        let suspicious = self.lines().filter(|(line, judged, row)| {
            judged.test.is_suspicious()
                && worsening(line, judged) >= self.gate.fail_on.0
                && row.significance != Significance::Regressed
        });
        let worst = suspicious.min_by(|a, b| a.1.test.p.total_cmp(&b.1.test.p));
        match worst {
            Some((.., row)) => {
                Outcome::Undecided(Box::new(Undecided { row: row.clone(), runs_needed: None }))
            }
            None => Outcome::NoRegression,
        }
    }

    /// Whether the clearest difference that some line could have would count.
    fn can_decide(&self, n_tests: usize) -> bool {
        self.lines().any(|(line, ..)| {
            let [base, head] = &line.values;
            least_chance(base.len(), head.len()) * n_tests as f64 <= self.gate.alpha.0
        })
    }

    /// The growth that is found in 9 of 10 comparisons like this one in half of the benchmarks, by the width of their
    /// intervals.
    fn detectable(&self, n_tests: usize) -> Vec<Detectable> {
        let alpha = self.gate.alpha.0 / n_tests.max(1) as f64;
        let reach = t_quantile(alpha, f64::INFINITY) + NINE_IN_TEN;
        let growth = |(line, _, row): (&Line, &Judged, &Row)| {
            let interval = row.interval.filter(|it| it.low > 0.0 && !line.is_constant())?;
            let error = (interval.high.ln() - interval.low.ln()) / 2.0 / REACH;
            Some((reach * error).exp_m1())
        };
        let mut growths: Vec<f64> = self.lines().filter_map(growth).collect();
        growths.sort_by(f64::total_cmp);
        let median = growths.get(growths.len() / 2);
        median
            .map(|&growth| Detectable { share: 1.0, slowdown: growth, change: growth })
            .into_iter()
            .collect()
    }

    /// As many runs as the benchmark with most has values.
    fn side(&self, side: usize) -> SideInfo {
        let n_runs = self.table.lines.iter().map(|line| line.values[side].len()).max().unwrap_or(0);
        let run = |at: usize| RunInfo {
            context: RunContext { name: format!("run {}", at + 1), ..RunContext::default() },
            ..RunInfo::default()
        };
        SideInfo { runs: (0..n_runs).map(run).collect() }
    }

    fn notes(&self, regressions: &[Regression], sides: [&[&BenchOutput]; 2]) -> Vec<Note> {
        let mut notes = Vec::new();
        for key in ["goos", "goarch", "cpu"] {
            let values = sides.map(|outputs| values_of(outputs, key));
            if let [base, head] = &values
                && base != head
                && !base.is_empty()
                && !head.is_empty()
            {
                notes.push(Note::Differs { what: key, base: base.clone(), head: head.clone() });
            }
        }
        let [base, head] = sides.map(processors);
        if base != head && !base.is_empty() && !head.is_empty() {
            notes.push(Note::Differs { what: "GOMAXPROCS", base, head });
        }
        for (side, outputs) in ["base", "head"].into_iter().zip(sides) {
            for problem in outputs.iter().flat_map(|output| &output.problems) {
                let (name, what) = (problem.name.to_string(), problem.what.text());
                notes.push(Note::BenchmarkProblem { side, name, what });
            }
        }
        for (side, names) in ["base", "head"].into_iter().zip(&self.table.unpaired) {
            if !names.is_empty() {
                notes.push(Note::OnlyOn { side, names: names.clone() });
            }
        }
        let allowed = regressions.iter().filter(|it| it.standing == Standing::Allowed);
        let allowed: Vec<String> = allowed.map(|it| it.row.title()).collect();
        if !allowed.is_empty() {
            notes.push(Note::Allowed { functions: allowed });
        }
        notes.sort_by_key(|note| std::cmp::Reverse(note.kind()));
        notes
    }
}

/// The values of a key on a side, each once.
fn values_of(outputs: &[&BenchOutput], key: &str) -> String {
    let results = outputs.iter().flat_map(|output| &output.results);
    let mut values: Vec<&str> = results.filter_map(|result| result.config(key)).collect();
    values.sort_unstable();
    values.dedup();
    values.join(", ")
}

/// GOMAXPROCS of a side's benchmarks, by the ends of their names.
fn processors(outputs: &[&BenchOutput]) -> String {
    let results = outputs.iter().flat_map(|output| &output.results);
    let end = |name: &str| name.rsplit_once('-').and_then(|(_, digits)| digits.parse::<u32>().ok());
    let mut ends: Vec<u32> = results.filter_map(|result| end(&result.name)).collect();
    ends.sort_unstable();
    ends.dedup();
    let ends: Vec<String> = ends.iter().map(u32::to_string).collect();
    ends.join(", ")
}
