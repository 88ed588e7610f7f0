//! Functions and what they cost per operation, on one side or two.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::costs::{Costs, Sum, Tally};
use super::owner::Part;

/// Below so many samples a number says hardly more than that something was there: its error is a third or more.
pub(super) const FEW_SAMPLES: f64 = 10.0;

/// Standard errors beyond which a change counts.
pub(super) const BEYOND: f64 = 2.0;

/// What something cost per operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Samples.
    pub samples: f64,
    /// CPU time in ns; where iterations are not known, its part of the wall time.
    pub per_op: f64,
    /// Standard error of that, in ns.
    pub sigma: f64,
}

impl Cost {
    /// Whether it rests on so few samples that it says little.
    pub fn is_faint(&self) -> bool {
        self.samples < FEW_SAMPLES
    }
}

/// The head's cost without the base's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// In ns per operation.
    pub delta: f64,
    /// Standard error of that.
    pub sigma: f64,
}

impl Change {
    pub(super) fn of(base: &Cost, head: &Cost) -> Self {
        Self { delta: head.per_op - base.per_op, sigma: base.sigma.hypot(head.sigma) }
    }

    /// Whether it is beyond two standard errors.
    pub fn is_clear(&self) -> bool {
        self.errors().abs() > BEYOND
    }

    /// How many standard errors it is.
    pub fn errors(&self) -> f64 {
        if self.sigma > 0.0 { self.delta / self.sigma } else { 0.0 }
    }
}

/// A library function below a function of own code, at the leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryPart {
    /// Its name.
    pub function: Arc<str>,
    /// What it cost on the base; `None` without one.
    pub base: Option<Cost>,
    /// And on the head, or on the only side.
    pub head: Cost,
    /// The difference.
    pub change: Option<Change>,
}

/// A function of own code with the library functions that it calls; or what is beside the operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name, without type arguments; of what is beside the operation, what it is.
    pub function: Arc<str>,
    /// What it belongs to. Rows of [`Part::Operation`] add up to the operation.
    pub part: Part,
    /// What it cost on the base, without other own code that it calls; `None` without a base.
    pub base: Option<Cost>,
    /// And on the head, or on the only side.
    pub head: Cost,
    /// The difference.
    pub change: Option<Change>,
    /// Itself alone, without library functions: base and head, in ns per operation.
    pub itself: [f64; 2],
    /// With all that it calls: base and head, in ns per operation.
    pub all: [f64; 2],
    /// The library functions, those that changed most first; without a base the largest.
    pub library: Vec<LibraryPart>,
}

impl Row {
    /// Whether the change is beyond two standard errors, and rests on more than a few samples.
    pub fn is_clear(&self) -> bool {
        let most = self.base.map_or(0.0, |base| base.samples).max(self.head.samples);
        most >= FEW_SAMPLES && self.change.is_some_and(|change| change.is_clear())
    }

    /// Whether no side has more than a few samples of it.
    pub fn is_faint(&self) -> bool {
        self.head.is_faint() && self.base.is_none_or(|base| base.is_faint())
    }

    /// What rows are sorted by: how much they changed; without a base how much they cost.
    pub(super) fn weight(&self) -> f64 {
        self.change.map_or(self.head.per_op, |change| change.delta.abs())
    }
}

/// How samples of a side become ns per operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Factor from ns to ns per operation.
    pub(super) factor: f64,
    /// Worth of a sample in ns.
    pub(super) period: f64,
    /// Samples of the operation if rows are shares of a whole that is given.
    pub(super) whole: Option<f64>,
    /// How many times as much as by sampling alone runs differ, at least 1: a factor of the variance.
    pub(super) dispersion: f64,
}

impl Scale {
    pub(super) fn cost(&self, sum: Sum) -> Cost {
        // The count of a sample is a Poisson number; where the whole is given, a binomial one.
        let rest = self.whole.map_or(1.0, |whole| (1.0 - sum.count / whole.max(1.0)).max(0.0));
        let error = (sum.count * rest * self.dispersion).sqrt();
        Cost { samples: sum.count, per_op: sum.worth * self.factor, sigma: error * self.period * self.factor }
    }
}

/// The rows of two sides, or of one: first those of the operation, by weight, then what is beside it.
pub(super) fn rows(base: Option<(&Costs, &Scale)>, head: (&Costs, &Scale)) -> Vec<Row> {
    let functions = |costs: &Costs| costs.functions.keys().cloned().collect::<Vec<_>>();
    let names: BTreeSet<Arc<str>> =
        base.iter().map(|(costs, _)| *costs).chain([head.0]).flat_map(functions).collect();
    let empty = Tally::default();
    let row = |name: Arc<str>| {
        let tally = |costs: &'_ Costs| costs.functions.get(&name).cloned().unwrap_or_default();
        let tallies = (base.map(|(costs, scale)| (tally(costs), scale)), tally(head.0));
        let of = |sum: fn(&Tally) -> Sum| {
            let before = tallies.0.as_ref().map(|(tally, scale)| scale.cost(sum(tally)));
            (before, head.1.cost(sum(&tallies.1)))
        };
        let (before, after) = of(|tally| tally.own);
        let pair = |(before, after): (Option<Cost>, Cost)| [before.map_or(0.0, |it| it.per_op), after.per_op];
        let before_library = tallies.0.as_ref().map_or(&empty.library, |(tally, _)| &tally.library);
        let leaves: BTreeSet<&Arc<str>> = before_library.keys().chain(tallies.1.library.keys()).collect();
        let part = |leaf: &Arc<str>| {
            let cost = |tally: &Tally, scale: &Scale| {
                scale.cost(tally.library.get(leaf).copied().unwrap_or_default())
            };
            let before = tallies.0.as_ref().map(|(tally, scale)| cost(tally, scale));
            let after = cost(&tallies.1, head.1);
            let change = before.map(|before| Change::of(&before, &after));
            LibraryPart { function: Arc::clone(leaf), base: before, head: after, change }
        };
        let mut library: Vec<LibraryPart> = leaves.into_iter().map(part).collect();
        let weight = |part: &LibraryPart| part.change.map_or(part.head.per_op, |it| it.delta.abs());
        library.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        Row {
            part: Part::Operation,
            change: before.map(|before| Change::of(&before, &after)),
            base: before,
            head: after,
            itself: pair(of(|tally| tally.itself)),
            all: pair(of(|tally| tally.all)),
            library,
            function: Arc::clone(&name),
        }
    };
    let mut rows: Vec<Row> = names.into_iter().map(row).collect();
    // A function that only calls other own code has no cost of its own.
    rows.retain(|row| row.head.samples + row.base.map_or(0.0, |base| base.samples) > 0.0);
    rows.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
    rows.extend(Part::BESIDE.into_iter().filter_map(|part| beside(part, base, head)));
    rows
}

/// What is beside the operation, if there is any.
fn beside(part: Part, base: Option<(&Costs, &Scale)>, head: (&Costs, &Scale)) -> Option<Row> {
    // Shares are of the operation: of what is beside it they say nothing, and errors are those of counts.
    let cost = |(costs, scale): (&Costs, &Scale)| Scale { whole: None, ..*scale }.cost(costs.beside(part));
    let (before, after) = (base.map(cost), cost(head));
    let samples = after.samples + before.map_or(0.0, |before| before.samples);
    let per_op = [before.map_or(0.0, |it| it.per_op), after.per_op];
    (samples > 0.0).then(|| Row {
        function: part.text().into(),
        part,
        base: before,
        head: after,
        change: before.map(|before| Change::of(&before, &after)),
        itself: per_op,
        all: per_op,
        library: Vec::new(),
    })
}
