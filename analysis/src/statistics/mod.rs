//! Tests, intervals and adjustments that verdicts are made of: plain functions of numbers, each with its test vectors.
//!
//! The vectors are from SciPy 1.17.1 and statsmodels 0.15.0 and are met to 1e-6.
//!
//! | question | where |
//! |---|---|
//! | are two shares or rates equal, and where is their ratio | [`score`] |
//! | how much do runs differ beyond sampling | [`dispersion`], shrunk over functions by [`shrinkage`] |
//! | which of many chances still count | [`adjust`] |
//! | which change would have shown | [`detectable`] |
//! | how many allocations stand behind a value | [`allocations`] |
//! | do two groups have something equally often | [`fisher`] |
//! | are two small sets of numbers equal | [`rank`], [`welch`] |
//! | where is a quantile of values that come in clusters | [`quantile_interval`] |
//! | tails, quantiles, derivatives of ln Γ | [`special`] |

pub mod adjust;
pub mod allocations;
pub mod detectable;
pub mod dispersion;
pub mod fisher;
pub mod quantile_interval;
pub mod rank;
pub mod score;
pub mod shrinkage;
pub mod special;
#[cfg(test)]
mod vectors;
pub mod welch;
