//! Events of `go test -json`, and the same events out of the text of `go test -v`.
//!
//! ```text
//! bytes, as they come ─► LineCutter ─┬─ {"Action":…} ─► json ─┐
//!                                    └─ === RUN  … ───► text ─┴─► TestEvent
//! ```
//!
//! What is neither is output of nobody: build errors of Go before 1.24, what a script around it prints.

mod event;
mod json;
mod reader;
mod text;

pub use event::{Action, TestEvent};
pub use reader::{TestEventReader, read_test_events};
