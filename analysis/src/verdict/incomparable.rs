//! Why two sides cannot be compared: always something the user gave.

use thiserror::Error;

use crate::profile::query::QueryError;

/// Why two sides cannot be compared. One sentence each: what differs, and what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incomparable {
    /// A side is empty.
    #[error("the {side} side of the comparison holds no run")]
    NoRun {
        /// `base` or `head`.
        side: &'static str,
    },
    /// The values of two runs mean different things.
    #[error("cannot compare {first} of {first_run} with {other} of {other_run}: choose the same sample type")]
    DifferentTypes {
        /// Type and unit of the first run.
        first: String,
        /// Its name.
        first_run: String,
        /// Type and unit of the run that does not fit.
        other: String,
        /// Its name.
        other_run: String,
    },
    /// A run is there twice.
    #[error("{first} and {other} are the same run: each run counts once, on one side")]
    SameRun {
        /// One of them.
        first: String,
        /// The other one.
        other: String,
    },
    /// A rate was asked for and a run lacks what it is divided by.
    #[error("cannot compare {normalization}: {run} does not say {lacks}")]
    NoExposure {
        /// `per second`, `per request`.
        normalization: String,
        /// The run.
        run: String,
        /// What is missing: `how long it ran`.
        lacks: &'static str,
    },
    /// A run holds negative values: a difference of profiles.
    #[error(
        "{run} holds negative values: a difference of profiles cannot be judged, give the profiles themselves"
    )]
    Negative {
        /// The run.
        run: String,
    },
    /// An option is not a regular expression.
    #[error("--{option}: \"{pattern}\" is not a regular expression: {reason}")]
    Pattern {
        /// The option.
        option: &'static str,
        /// What was typed.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An option's number is out of its range.
    #[error("--{option} {value} is out of range: give {range}")]
    Range {
        /// The option.
        option: &'static str,
        /// What was given.
        value: String,
        /// What may be given.
        range: &'static str,
    },
    /// Traces have no total that a quantile could be a share of.
    #[error("traces are compared per instance, not {normalization}: leave that option out")]
    TracesPerInstance {
        /// `per second`, `per request`.
        normalization: String,
    },
    /// The run has no such values.
    #[error("{run}: {error}")]
    Query {
        /// The run.
        run: String,
        /// Why.
        error: QueryError,
    },
}
