//! What a report prints on standard error about a damaged trace, after what could be read.

use goscope_parsers::trace::Problem;

use crate::cli::failure::warn;
use crate::text;

/// Prints the problems.
pub(super) fn warn_of(problems: &[Problem]) {
    warn(&problems.iter().map(ToString::to_string).collect::<Vec<_>>());
}

/// Prints the problems and how much of the trace is lost (`lost_share` from 0 to 1).
pub(super) fn warn_of_loss(problems: &[Problem], lost_share: f64) {
    warn_of(problems);
    if lost_share > 0.0 {
        let lost = text::percent(lost_share);
        warn(&[format!("{lost} of the trace is lost; the numbers are of the rest")]);
    }
}
