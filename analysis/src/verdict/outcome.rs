//! The verdict itself: one of four outcomes with all that stands behind it.

use super::note::Note;
use super::options::{Gate, Normalization};
use super::regression::{Improvement, Regression, Standing};
use super::row::Row;
use super::run::SideInfo;

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Type of the values: `cpu`, `alloc_space`, `latency`.
    pub kind: String,
    /// Their unit: `nanoseconds`, `bytes`.
    pub unit: String,
    /// What they are in words, after "of": `CPU`, `allocated bytes`.
    pub words: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Something grew, significantly and by as much as fails: [`Verdict::regressions`] says what.
    Regression,
    /// Nothing grew by more than [`Verdict::detectable`].
    NoRegression,
    /// Something may have grown; more runs would decide.
    Undecided(Box<Undecided>),
    /// No question could be answered.
    NothingComparable(Unjudged),
}

/// The most suspicious of what is not decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Undecided {
    /// Its row.
    pub row: Row,
    /// Runs a side that would decide if the estimate is true; `None` where no number can be given.
    pub runs_needed: Option<u32>,
}

/// Why nothing could be judged.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Unjudged {
    /// Neither side has any value.
    Empty,
    /// Fewer than 100 samples on both sides together.
    FewSamples {
        /// How many.
        samples: f64,
    },
    /// No function is large enough, or filters left none.
    NoHypothesis,
    /// Not even a function of 10% that costs twice as much would have shown.
    TooCoarse {
        /// The smallest slowdown of a function of 10% that would have shown: 1.5 is +150%.
        slowdown: f64,
    },
    /// Nothing is known of the noise of one such profile.
    TooFewRuns {
        /// What needs more: `a mutex profile`.
        what: &'static str,
        /// Runs a side that it needs.
        needs: usize,
    },
    /// Counts at one instant, without a model of their noise.
    Instant,
    /// No group of instances is large enough on both sides, or filters left none (traces).
    NoQuantile,
    /// The sides have no benchmark in common (benchmarks).
    NoBenchmark,
    /// Not even twice the time would have shown, in none of the latencies (traces).
    TooNoisy {
        /// The smallest growth that would have shown somewhere: 1.5 is +150%.
        growth: f64,
    },
}

impl Unjudged {
    /// The reason as a sentence, without a full stop.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => "neither side holds any value".to_owned(),
            Self::FewSamples { samples } => {
                format!(
                    "only {samples:.0} samples on both sides together; 100 are the least, 3,000 a run are good"
                )
            }
            Self::NoHypothesis => {
                "no function is large enough to be judged, or the filters left none".to_owned()
            }
            Self::TooCoarse { slowdown } => format!(
                "even a function of 10% that got twice as slow would not have shown (from +{:.0}% on it would); record \
                 more runs, or longer ones",
                slowdown * 100.0
            ),
            Self::TooFewRuns { what, needs } => {
                format!("{what} is judged from {needs} runs a side on: the noise of fewer is not known")
            }
            Self::Instant => {
                "counts at one instant are shown, not judged: their noise is not known".to_owned()
            }
            Self::NoQuantile => {
                "no tasks, regions or goroutines that begin and end in the trace are enough to be \
                                 judged on both sides, or the filters left none"
                    .to_owned()
            }
            Self::NoBenchmark => "the sides have no benchmark in common".to_owned(),
            Self::TooNoisy { growth } => format!(
                "not even twice the latency would have shown anywhere (from +{:.0}% on it would); record more runs, or \
                 longer ones",
                growth * 100.0
            ),
        }
    }
}

/// The smallest slowdown that is found in 9 of 10 comparisons like this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detectable {
    /// Of a function with this share of the base; 1 for what has none: then half of the latencies would show it.
    pub share: f64,
    /// Slowdown of the function: 0.16 is +16%; infinite if none would show.
    pub slowdown: f64,
    /// The change of its normalized value that this makes: less than the slowdown for shares.
    pub change: f64,
}

/// How it was decided: for the header, and to do it again by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Method {
    /// Number of hypotheses that were tested.
    pub n_hypotheses: usize,
    /// Degrees of freedom of the dispersion between runs; 0 if it was assumed.
    pub df_runs: f64,
    /// Those added by what all functions have in common (d₀, capped).
    pub df_prior: f64,
    /// The dispersion that all functions have in common (s₀²).
    pub prior_dispersion: f64,
    /// The spread between runs that was assumed for lack of runs (σ, of the logarithm).
    pub assumed_spread: f64,
    /// Whether the values are compared as counts, sampled allocations or logarithms.
    pub decided: Decided,
}

/// By which model of noise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decided {
    /// Not at all.
    #[default]
    NotJudged,
    /// As counts of samples: score test of two shares or rates.
    Counts,
    /// As sampled allocations, by the events behind them.
    Allocations,
    /// As logarithms of values, by their spread between runs.
    Logarithms,
    /// By their ranks, of which nothing is assumed.
    Ranks,
    /// As logarithms of quantiles, by how much they vary within a recording: nothing is known of other runs.
    WithinRecordings,
}

/// What a comparison ends in.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What was compared.
    pub subject: Subject,
    /// How the values of runs were put on one scale.
    pub normalization: Normalization,
    /// What was to fail.
    pub gate: Gate,
    /// The answer.
    pub outcome: Outcome,
    /// Culprits, the largest first; those that are allowed or that only moved among them.
    pub regressions: Vec<Regression>,
    /// What got better, largest first.
    pub improvements: Vec<Improvement>,
    /// Every function, by flat and cum: those that were tested first, by their largest change of value.
    pub rows: Vec<Row>,
    /// What would have shown, for functions of 50, 20, 10, 5 and 1%.
    pub detectable: Vec<Detectable>,
    /// How it was decided.
    pub method: Method,
    /// The base's runs.
    pub base: SideInfo,
    /// The head's runs.
    pub head: SideInfo,
    /// What the reader must know, warnings first.
    pub notes: Vec<Note>,
}

impl Verdict {
    /// The culprits that fail the gate.
    pub fn failures(&self) -> impl Iterator<Item = &Regression> {
        let is_strict = self.gate.strict;
        self.regressions.iter().filter(move |regression| match regression.standing {
            Standing::Fails => true,
            Standing::Allowed => false,
            Standing::Moved { .. } => is_strict,
        })
    }

    /// The exit status of a gate: 0 fine, 1 regression, 4 nothing could be said.
    pub fn exit_status(&self) -> u8 {
        match &self.outcome {
            Outcome::Regression => 1,
            Outcome::NoRegression => 0,
            Outcome::Undecided(_) => {
                if self.gate.strict {
                    4
                } else {
                    0
                }
            }
            Outcome::NothingComparable(_) => 4,
        }
    }

    /// The smallest slowdown of a function of this share that would have shown.
    pub fn detectable_at(&self, share: f64) -> Option<Detectable> {
        self.detectable.iter().copied().find(|detectable| (detectable.share - share).abs() < 1e-9)
    }
}
