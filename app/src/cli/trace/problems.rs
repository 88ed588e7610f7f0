//! What a report prints on standard error about a damaged trace, after what could be read.

use goscope_parsers::trace::Problem;

use crate::cli::failure::warn;

/// Prints the problems.
pub(super) fn warn_of(problems: &[Problem]) {
    warn(&problems.iter().map(ToString::to_string).collect::<Vec<_>>());
}

/// Prints the problems and how much of the trace is lost (`lost_share` from 0 to 1).
pub(super) fn warn_of_loss(problems: &[Problem], lost_share: f64) {
    warn_of(problems);
    if lost_share > 0.0 {
        let percent = lost_share * 100.0;
        warn(&[format!("{percent:.1} % of the trace are lost; the numbers are of the rest")]);
    }
}
