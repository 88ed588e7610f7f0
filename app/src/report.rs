//! The writers of verdicts: each takes a [`Verdict`] and knows nothing of what was compared, profiles, traces or benchmarks.
//!
//! | for | writer |
//! |---|---|
//! | a terminal | [`text::verdict_text`] |
//! | scripts | [`json::VerdictJson`] |
//! | a comment on a change | [`markdown::verdict_markdown`] |
//! | the list of tests of a CI system | [`junit::verdict_junit`] |
//! | a browser | [`html::verdict_html`] |
//!
//! Coverage, explanations of benchmarks, test results and goroutine dumps have writers of their own, in [`coverage`],
//! [`explanation`], [`test_results`] and [`goroutines`].
//!
//! The window draws a verdict itself, from the same sentences and rows.
//!
//! Which rows are shown, and the sentences around them, are the same in all: [`rows`], [`evidence`]. Names come out of
//! files that nobody vouches for, so each writer escapes them by `escape`.
//!
//! [`Verdict`]: goscope_analysis::verdict::Verdict

pub mod coverage;
pub(crate) mod escape;
pub mod evidence;
pub mod explanation;
pub mod goroutines;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub(crate) mod page;
pub mod rows;
pub mod test_results;
#[cfg(test)]
mod tests;
pub mod text;
