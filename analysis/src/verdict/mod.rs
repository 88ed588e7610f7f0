//! The regression verdict: did the change make it worse, where, and can that be trusted?
//!
//! Profiles, traces and benchmarks, several runs a side, all end in one [`Verdict`]. What writes it (text, JSON, Markdown, a
//! band in the window) does not know what was compared.
//!
//! ```text
//! Profile ─► RunCounts (a run)  ─┐
//! trace   ─► TraceRun  (a run)  ─┼─► rows ─► tests ─► Holm, BH ─► culprits ─► Verdict ─► line(), exit_status()
//! BenchOutput (a side)         ─┘   one a function   one p a hypothesis
//! ```
//!
//! | type | what it is |
//! |---|---|
//! | [`Verdict`] | the answer: outcome, regressions, improvements, rows, sides, notes, how it was decided |
//! | [`Row`] | one function (or quantile of a latency, or benchmark) on both sides: values, change, interval, p, q |
//! | [`Regression`] | a culprit: its row, what it explains, what kind of change it is |
//! | [`Note`] | what the reader must know to trust the answer |
//! | [`Options`] | how to normalize, what fails a gate |
//! | [`Incomparable`] | why two sides cannot be compared at all |

pub mod benchmarks;
mod incomparable;
mod line;
mod note;
mod options;
mod outcome;
mod power;
pub mod profiles;
mod regression;
mod row;
mod run;
mod runs;
pub mod traces;

pub use incomparable::Incomparable;
pub use line::{change_text, interval_text, p_text};
pub use note::{Note, NoteKind};
pub use options::{By, Fraction, Gate, Normalization, Options};
pub use outcome::{Decided, Detectable, Method, Outcome, Subject, Undecided, Unjudged, Verdict};
pub use power::PowerPlan;
pub use regression::{Improvement, Kind, Regression, Standing};
pub use row::{Interval, Measure, Presence, Row, Significance, Test, Untested, Values};
pub use run::{Build, RunContext, RunInfo, SideInfo};
