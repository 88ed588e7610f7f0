//! Who did it: the smallest own-code subtree that explains the largest significant growth; then the same without it.
//!
//! Shares add up to one, so that one function's growth makes all others fall, and one that got faster makes all others grow.
//! Which of the two it was is decided by parsimony: of the largest growth and the largest fall, the one is taken away first
//! after which fewer changes are left to be explained; at a tie it is the growth.

use std::sync::Arc;

use super::hypotheses::{Hypotheses, Patterns};
use super::judge::{Judgment, Plan};
use super::raw::Judged;
use super::rest::{Rest, Step};
use super::table::{RowId, Table};
use crate::statistics::allocations::Estimate;
use crate::verdict::options::{By, Gate};
use crate::verdict::regression::{Kind, Standing};

/// The part of the largest growth that explains it.
const EXPLAINS: f64 = 0.8;
/// The part of it from which a function's own code is to blame.
const OWN_CODE: f64 = 0.5;
/// How many culprits are named.
const MAX_CULPRITS: usize = 5;
/// How often something is taken away: more than there ever is to be found.
const MAX_ROUNDS: usize = 40;
/// Events from which a callee's growth says something.
const MIN_EVENTS: f64 = 10.0;

/// All that culprits are sought in.
pub(super) struct Search<'a, 'r> {
    pub(super) table: &'a Table<'r>,
    pub(super) hypotheses: &'a Hypotheses,
    pub(super) plan: Plan,
    pub(super) gate: &'a Gate,
    pub(super) patterns: &'a Patterns,
    /// The hypothesis of the total, which has no function.
    pub(super) total: Option<u32>,
    pub(super) is_share: bool,
}

/// Whether a row grew or fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    More,
    Less,
}

/// A row, or the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Row(RowId),
    Total,
}

/// What explains a change.
#[derive(Clone, Debug)]
pub(super) struct Culprit {
    pub(super) subject: Subject,
    /// Its hypothesis.
    pub(super) hypothesis: u32,
    /// How it was judged, in what was left.
    pub(super) judged: Judged,
    /// Its numbers and those of the exposure, in what was left.
    pub(super) runs: Vec<Estimate>,
    pub(super) exposure: Vec<f64>,
    pub(super) explains: f64,
    pub(super) largest: Subject,
    pub(super) chain: Vec<u32>,
    pub(super) kind: Kind,
    pub(super) standing: Standing,
}

/// What explains all changes.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) worse: Vec<Culprit>,
    pub(super) better: Vec<Culprit>,
    /// What is left without those that got worse, and how it was judged; `None` where nothing was taken away.
    pub(super) without_worse: Option<Judgment>,
    /// The same without those that got better.
    pub(super) without_better: Option<Judgment>,
}

/// One row that changed.
#[derive(Clone, Copy, Debug)]
struct Changed {
    subject: Subject,
    hypothesis: u32,
    /// How much, without its sign.
    growth: f64,
    /// Base + head.
    size: f64,
}

impl<'a, 'r> Search<'a, 'r> {
    /// Takes away what explains the most until nothing is left to be explained.
    pub(super) fn run(&self, all: &Rest<'a, 'r>, judgment: &Judgment) -> Found {
        let mut found = Found::default();
        // Only what stands out with nothing taken away is ever named: the tests of what is left are not new chances.
        let first =
            [Direction::More, Direction::Less].map(|direction| self.changed(all, judgment, direction));
        let (mut rest, mut now) = (all.clone(), judgment.clone());
        for _ in 0..MAX_ROUNDS {
            let still = |direction: Direction, first: &[Changed]| {
                let mut changed = self.changed(&rest, &now, direction);
                changed.retain(|row| first.iter().any(|before| before.hypothesis == row.hypothesis));
                changed
            };
            let more = still(Direction::More, &first[0]);
            let less = still(Direction::Less, &first[1]);
            let is_full = |list: &[Culprit]| {
                list.iter().filter(|culprit| culprit.standing != Standing::Allowed).count() >= MAX_CULPRITS
            };
            let worse = if is_full(&found.worse) { None } else { self.culprit(&more) };
            let better = if is_full(&found.better) { None } else { self.culprit(&less) };
            let (direction, chosen, left) = match (worse, better) {
                (None, None) => break,
                (Some(worse), None) => (Direction::More, worse, self.without(&rest, worse.0)),
                (None, Some(better)) => (Direction::Less, better, self.without(&rest, better.0)),
                (Some(worse), Some(better)) => self.simpler(&rest, worse, better),
            };
            let culprit = self.described(&rest, &now, direction, chosen);
            match direction {
                Direction::More => found.worse.push(culprit),
                Direction::Less => found.better.push(culprit),
            }
            // Without the total, nothing is left.
            let Some((left, judged)) = left else { break };
            (rest, now) = (left, judged);
        }
        found.without_worse = self.judged_without(all, &found.worse);
        found.without_better = self.judged_without(all, &found.better);
        found
    }

    fn judged_without(&self, all: &Rest<'a, 'r>, culprits: &[Culprit]) -> Option<Judgment> {
        let mut rest: Option<Rest<'a, 'r>> = None;
        for culprit in culprits {
            if let Subject::Row(row) = culprit.subject {
                rest = Some(rest.as_ref().unwrap_or(all).without(row.function()));
            }
        }
        Some(self.plan.judge(&rest?.numbers))
    }

    /// The rest without a function, judged; `None` for the total.
    fn without(&self, rest: &Rest<'a, 'r>, changed: Changed) -> Option<(Rest<'a, 'r>, Judgment)> {
        let Subject::Row(row) = changed.subject else { return None };
        let left = rest.without(row.function());
        let judgment = self.plan.judge(&left.numbers);
        Some((left, judgment))
    }

    /// Of a growth and a fall, the one that leaves less to be explained.
    fn simpler(&self, rest: &Rest<'a, 'r>, worse: Choice, better: Choice) -> Removal<'a, 'r> {
        let without_worse = self.without(rest, worse.0);
        if !self.is_share {
            return (Direction::More, worse, without_worse);
        }
        let without_better = self.without(rest, better.0);
        let left = |without: &Option<(Rest<'a, 'r>, Judgment)>| {
            without.as_ref().map_or(0, |(rest, judgment)| {
                self.changed(rest, judgment, Direction::More).len()
                    + self.changed(rest, judgment, Direction::Less).len()
            })
        };
        if left(&without_better) < left(&without_worse) {
            (Direction::Less, better, without_better)
        } else {
            (Direction::More, worse, without_worse)
        }
    }

    /// The rows that a gate would see change in a direction.
    fn changed(&self, rest: &Rest<'a, 'r>, judgment: &Judgment, direction: Direction) -> Vec<Changed> {
        let mut changed = Vec::new();
        let rows = self.table.rows().filter(|row| row.by() == self.gate.by);
        let subjects = rows.filter_map(|row| {
            let hypothesis = self.hypotheses.of_row[row.0 as usize].ok()?;
            Some((Subject::Row(row), hypothesis))
        });
        for (subject, hypothesis) in subjects.chain(self.total_subject()) {
            let Some(judged) = judgment.judged[hypothesis as usize] else { continue };
            let [base, head] = self.values(rest, hypothesis);
            let is_changed = match direction {
                Direction::More => self.is_regression(&judged, base, head),
                Direction::Less => {
                    judged.holm_less <= self.gate.alpha.0 && base - head >= self.gate.fail_on.0 * base
                }
            };
            if is_changed {
                changed.push(Changed { subject, hypothesis, growth: (head - base).abs(), size: base + head });
            }
        }
        // The total is the sum of all noise: it is to blame where no function is.
        let is_function = |row: &Changed| row.subject != Subject::Total;
        if changed.iter().any(is_function) {
            changed.retain(is_function);
        }
        changed
    }

    fn total_subject(&self) -> Option<(Subject, u32)> {
        self.total.map(|hypothesis| (Subject::Total, hypothesis))
    }

    /// The rule of the gate.
    pub(super) fn is_regression(&self, judged: &Judged, base: f64, head: f64) -> bool {
        let least = self.gate.fail_on_at_least.unwrap_or(self.gate.fail_on).0;
        let is_large = !self.is_share || head >= self.gate.min_share.0;
        judged.test.holm <= self.gate.alpha.0 && head > base && head - base >= least * base && is_large
    }

    /// The values of a hypothesis in both sides, per exposure.
    fn values(&self, rest: &Rest<'a, 'r>, hypothesis: u32) -> [f64; 2] {
        let row = &rest.numbers.rows[hypothesis as usize];
        self.normalized(row, &rest.numbers.exposure)
    }

    fn normalized(&self, row: &[Estimate], exposure: &[f64]) -> [f64; 2] {
        let is_counted = self.is_share && self.table.runs[0].columns.is_counted_plainly();
        let value = |run: &Estimate| if is_counted { run.sampled } else { run.value };
        let side = |side: std::ops::Range<usize>| {
            let exposure: f64 = exposure[side.clone()].iter().sum();
            if exposure > 0.0 { row[side].iter().map(value).sum::<f64>() / exposure } else { 0.0 }
        };
        [side(0..self.plan.n_base), side(self.plan.n_base..row.len())]
    }

    /// The smallest row of own code that explains the largest change, the largest change, and all that explain it.
    fn culprit(&self, changed: &[Changed]) -> Option<Choice> {
        let largest = *changed.iter().max_by(|a, b| {
            // Of the same change the larger row: the outermost caller.
            a.growth.total_cmp(&b.growth).then(a.size.total_cmp(&b.size)).then_with(|| self.inner(**b, **a))
        })?;
        let explains = |row: &&Changed| row.growth >= EXPLAINS * largest.growth;
        let smallest = |own_only: bool| {
            let rows = changed.iter().filter(explains).filter(|row| !own_only || self.is_own(row.subject));
            rows.min_by(|a, b| a.size.total_cmp(&b.size).then_with(|| self.inner(**b, **a))).copied()
        };
        Some(Choice(smallest(true).or_else(|| smallest(false))?, largest))
    }

    /// Which of two rows is the inner one: the greater.
    fn inner(&self, a: Changed, b: Changed) -> std::cmp::Ordering {
        let depth = |subject: Subject| match subject {
            Subject::Row(row) => self.table.depth[row.function()],
            Subject::Total => -1.0,
        };
        let name = |subject: Subject| match subject {
            Subject::Row(row) => row.0,
            Subject::Total => 0,
        };
        depth(a.subject).total_cmp(&depth(b.subject)).then(name(b.subject).cmp(&name(a.subject)))
    }

    fn is_own(&self, subject: Subject) -> bool {
        matches!(subject, Subject::Row(row) if self.table.functions[row.function()].is_own)
    }

    fn described(
        &self,
        rest: &Rest<'a, 'r>,
        judgment: &Judgment,
        direction: Direction,
        Choice(chosen, largest): Choice,
    ) -> Culprit {
        // Chosen from what was judged.
        let judged = judgment.judged[chosen.hypothesis as usize].expect("a changed row was judged");
        let mut culprit = Culprit {
            subject: chosen.subject,
            hypothesis: chosen.hypothesis,
            judged,
            runs: rest.numbers.rows[chosen.hypothesis as usize].clone(),
            exposure: rest.numbers.exposure.clone(),
            explains: (chosen.growth / largest.growth).min(1.0),
            largest: largest.subject,
            chain: Vec::new(),
            kind: Kind::Value,
            standing: Standing::Fails,
        };
        let Subject::Row(row) = chosen.subject else { return culprit };
        let changed = self.changed(rest, judgment, direction);
        culprit.chain = self.chain(rest, &changed, chosen, largest);
        let below = rest.steps_below(row.function());
        culprit.kind = self.kind(rest, judgment, largest.growth, judged.ratio, &below);
        if self.patterns.allows(&self.table.functions[row.function()].name) {
            culprit.standing = Standing::Allowed;
        } else if direction == Direction::More {
            let from = self.moved_from(rest, judgment, row);
            culprit.standing = from.map_or(Standing::Fails, |from| Standing::Moved { from });
        }
        culprit
    }

    /// The functions below the culprit that explain as much, outermost first.
    fn chain(&self, rest: &Rest<'a, 'r>, changed: &[Changed], chosen: Changed, largest: Changed) -> Vec<u32> {
        let Subject::Row(culprit) = chosen.subject else { return Vec::new() };
        let mut below: Vec<(f64, usize)> = changed
            .iter()
            .filter(|row| row.growth >= EXPLAINS * largest.growth && row.size <= chosen.size)
            .filter_map(|row| match row.subject {
                Subject::Row(row_id) if row_id != culprit => Some((row.size, row_id.function())),
                _ => None,
            })
            .filter(|&(_, function)| rest.is_below(function, culprit.function()))
            .collect();
        let depth = |function: usize| self.table.depth[function];
        below.sort_by(|a, b| depth(a.1).total_cmp(&depth(b.1)).then(b.0.total_cmp(&a.0)).then(a.1.cmp(&b.1)));
        below.into_iter().filter_map(|(_, function)| u32::try_from(function).ok()).collect()
    }

    /// What kind of change it is, by what the culprit does itself and by what it calls.
    fn kind(
        &self,
        rest: &Rest<'a, 'r>,
        judgment: &Judgment,
        largest: f64,
        factor: f64,
        steps: &[Step],
    ) -> Kind {
        let growth = |step: &Step| {
            let [base, head] = self.normalized(&step.runs, &rest.numbers.exposure);
            (head - base).abs()
        };
        if steps.iter().any(|step| step.function.is_none() && growth(step) >= OWN_CODE * largest) {
            return Kind::OwnCode;
        }
        let events = |step: &&Step| step.runs.iter().map(|run| run.sampled).sum::<f64>() >= MIN_EVENTS;
        let has_counts = self.table.runs[0].columns.has_counts();
        let has_factor = |step: &Step| {
            let interval = self.plan.interval(&step.runs, &rest.numbers.exposure, judgment.noise);
            interval.is_none_or(|interval| interval.low <= factor && factor <= interval.high)
        };
        let mut judged = steps.iter().filter(|step| !has_counts || events(step)).peekable();
        if judged.peek().is_some() && judged.all(has_factor) {
            return Kind::MoreOfTheSame;
        }
        let callee = steps.iter().find(|step| step.function.is_some() && growth(step) >= EXPLAINS * largest);
        match callee.and_then(|step| step.function) {
            Some(function) => Kind::Callee(self.table.functions[function as usize].name.clone()),
            None => Kind::Mixed,
        }
    }

    /// The function below the same caller whose fall cancels the growth, if the caller itself did not change.
    fn moved_from(&self, rest: &Rest<'a, 'r>, judgment: &Judgment, culprit: RowId) -> Option<Arc<str>> {
        let weight = |step: &Step| step.runs.iter().map(|run| run.value).sum::<f64>();
        let callers = rest.callers(culprit.function());
        let caller = callers
            .iter()
            .max_by(|a, b| weight(a).total_cmp(&weight(b)).then(b.function.cmp(&a.function)))?;
        let caller = caller.function? as usize;
        // A caller that was not judged is no witness.
        let hypothesis = self.hypotheses.of_row[RowId::new(caller, By::Cum).0 as usize].ok()?;
        let judged = judgment.judged[hypothesis as usize]?;
        if judged.test.p_two_sided <= RAW {
            return None;
        }
        let steps = rest.steps_below(caller);
        let change = |step: &Step| {
            let [base, head] = self.normalized(&step.runs, &rest.numbers.exposure);
            head - base
        };
        let is_culprit =
            |step: &&Step| step.function.is_some_and(|function| function as usize == culprit.function());
        let growth = change(steps.iter().find(is_culprit)?);
        let sibling = steps
            .iter()
            .filter(|step| step.function.is_some() && !is_culprit(step))
            .min_by(|a, b| change(a).total_cmp(&change(b)).then(a.function.cmp(&b.function)))?;
        // A share also falls because the culprit grew: as a share of the rest it must have fallen as well.
        let left = rest.without(culprit.function());
        let interval = self.plan.interval(&sibling.runs, &left.numbers.exposure, judgment.noise)?;
        let has_fallen = interval.high < 1.0 && -change(sibling) >= EXPLAINS * growth;
        has_fallen.then(|| self.table.functions[sibling.function.unwrap_or_default() as usize].name.clone())
    }
}

/// A chance below which a change is not taken for none.
const RAW: f64 = 0.05;

/// What explains a change, and the largest change that it explains.
#[derive(Clone, Copy, Debug)]
struct Choice(Changed, Changed);

/// What is taken away, and what is left then.
type Removal<'a, 'r> = (Direction, Choice, Option<(Rest<'a, 'r>, Judgment)>);
