//! One thing that is compared, on both sides: a function, a latency, a benchmark.

use std::sync::Arc;

use super::options::By;

/// What of a thing is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// A function with all that it calls.
    Cum,
    /// A function alone.
    Flat,
    /// All of a run; only where it is a rate.
    Total,
    /// A quantile of the latency of a group, or of a state of it (trace): `latency`, `scheduler wait`.
    Quantile {
        /// What is measured.
        of: String,
        /// Which quantile, in percent.
        percent: u8,
    },
    /// What a benchmark reports.
    Unit {
        /// By its unit: `sec/op`, `B/op`.
        unit: String,
        /// Whether more of it is better.
        is_more_better: bool,
    },
}

impl Measure {
    /// The measure of a function that a gate decides by.
    pub const fn of_function(by: By) -> Self {
        match by {
            By::Cum => Self::Cum,
            By::Flat => Self::Flat,
        }
    }

    /// In a word or two: `cum`, `p90 of latency`, `B/op`.
    pub fn text(&self) -> String {
        match self {
            Self::Cum => "cum".to_owned(),
            Self::Flat => "flat".to_owned(),
            Self::Total => "total".to_owned(),
            Self::Quantile { of, percent } => format!("p{percent} of {of}"),
            Self::Unit { unit, .. } => unit.clone(),
        }
    }
}

/// The values of one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// The value that is compared: a share between 0 and 1, or the verdict's unit per exposure.
    pub normalized: f64,
    /// The sum over all runs, in the verdict's unit.
    pub total: f64,
    /// Events behind it; 0 where they are not known.
    pub samples: f64,
    /// The normalized value of each run, in the order of [`super::SideInfo::runs`].
    pub runs: Vec<f64>,
}

/// A range that holds the true ratio of head to base in 95 of 100 comparisons. Not adjusted for their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end of head / base; 0 if the head has none.
    pub low: f64,
    /// Upper end; infinite if the base has none.
    pub high: f64,
}

/// The test of a hypothesis "not more than before".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The statistic; positive where the head has more.
    pub statistic: f64,
    /// Degrees of freedom of its t distribution; may be infinite.
    pub df: f64,
    /// Variance between runs as a multiple of what sampling alone makes (φ); 1 or more for counts.
    pub dispersion: f64,
    /// Chance of as much growth without a change (one-sided; against [`super::Gate::fail_on_at_least`] if set).
    pub p: f64,
    /// Chance of as much change in either direction without one.
    pub p_two_sided: f64,
    /// `p` adjusted by Holm: what the gate compares with alpha.
    pub holm: f64,
    /// `p_two_sided` adjusted by Benjamini and Hochberg: what the table compares with 5%.
    pub q: f64,
}

impl Test {
    /// Whether a growth that is not significant is more than one expects to see: by its own chance, and among all that were
    /// tested, of which one in twenty is below the first by chance.
    pub(super) fn is_suspicious(&self) -> bool {
        self.p <= 0.05 && self.q <= 0.2
    }
}

/// On which sides a thing was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// On both.
    #[default]
    Both,
    /// In the head alone, and the base's runs would have shown it.
    New,
    /// In the base alone, and the head's runs would have shown it.
    Gone,
    /// Seen on one side, but too rarely to say that the other lacks it.
    Rare,
}

/// Why a row was not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untested {
    /// Below the smallest share that is judged.
    Small,
    /// Nearly all of the total: its share cannot change.
    NearlyAll,
    /// Fewer than 10 events.
    Rare,
    /// Excluded by `--focus` or `--ignore`.
    Excluded,
    /// A run without any value, and no model that allows it.
    ZeroRun,
    /// The kind of profile has no model of its noise, or too few runs for it.
    NoModel,
    /// Too few instances for this quantile.
    NeedsMore,
}

impl Untested {
    /// The reason in a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Small => "below the smallest share that is judged",
            Self::NearlyAll => "nearly all of the total",
            Self::Rare => "fewer than 10 samples",
            Self::Excluded => "excluded by --focus or --ignore",
            Self::ZeroRun => "a run has none of it",
            Self::NoModel => "its noise is not known",
            Self::NeedsMore => "needs more: p50 wants 50 instances a side, p90 500, p99 5,000",
        }
    }
}

/// What can be said of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Significance {
    /// It grew: fails a gate unless it is allowed, or too little.
    Regressed,
    /// It grew, by the rule of the table (false discoveries), but not by that of the gate.
    Grew,
    /// It fell, by the rule of the table. Of a share, see [`Row::is_shift`].
    Fell,
    /// Nothing can be said: `~`.
    Unclear,
    /// It was not tested.
    Untested(Untested),
}

/// One thing on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name: a function without type arguments and wrappers, a group of a trace, a benchmark.
    pub name: Arc<str>,
    /// Its name in the base, where the two were matched under different names.
    pub base_name: Option<Arc<str>>,
    /// What of it is compared.
    pub measure: Measure,
    /// The base's values.
    pub base: Values,
    /// The head's values.
    pub head: Values,
    /// On which sides it was seen.
    pub presence: Presence,
    /// Head / base; infinite for what is new, NaN where neither has any.
    pub ratio: f64,
    /// The ratio of the odds, for shares: the slowdown of this function "if all else stayed the same".
    pub slowdown: Option<f64>,
    /// Where the true ratio is; `None` for what was not tested.
    pub interval: Option<Interval>,
    /// The test; `None` for what was not tested.
    pub test: Option<Test>,
    /// What can be said.
    pub significance: Significance,
    /// The hypothesis that was tested: rows of the same samples share one.
    pub hypothesis: Option<u32>,
    /// Whether it is the one row of its hypothesis to be shown: the innermost of own code. True for what was not tested.
    pub is_shown: bool,
    /// Whether its change of share is explained by the culprit's: as a share of the rest it did not change.
    pub is_shift: bool,
    /// Whether it is own code.
    pub is_own: bool,
}

impl Row {
    /// What it is in a sentence: the name, and what of it where that could be several: `task checkout, p90 of latency`,
    /// `Encode-8, sec/op`.
    pub fn title(&self) -> String {
        match &self.measure {
            Measure::Quantile { .. } | Measure::Unit { .. } => {
                format!("{}, {}", self.name, self.measure.text())
            }
            _ => self.name.to_string(),
        }
    }

    /// The change: 0.37 is +37%; infinite for what is new.
    pub fn change(&self) -> f64 {
        self.ratio - 1.0
    }

    /// What the normalized value grew by.
    pub fn growth(&self) -> f64 {
        self.head.normalized - self.base.normalized
    }

    /// Whether the table prints the change, not `~`.
    pub const fn is_significant(&self) -> bool {
        matches!(self.significance, Significance::Regressed | Significance::Grew | Significance::Fell)
    }
}
