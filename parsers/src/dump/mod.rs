//! Goroutine dumps as text: what `?debug=2`, `runtime.Stack`, a panic, a fatal error and SIGQUIT print, and reports of
//! the race detector; also out of logs that put something before every line or escape the text.
//!
//! ```text
//! lines ─► envelope, prefix, escapes ─┬─► Stream (one per program whose lines are mixed) ─► block, starts, race
//!                                     └─► Stream …                                             │
//!                                                                    DumpFile { dumps, races } ◄┘
//! ```
//!
//! Text, stacks, states and labels are kept once each ([`Tables`]); of a goroutine a row of ids is kept. The grammar is
//! that of Go 1.21 to 1.27 (`runtime/traceback.go`, `runtime/proc.go`); any other state or function is taken as it is.

mod block;
mod escaped;
mod frame;
mod header;
mod listed;
mod model;
mod prefix;
mod profile;
mod race;
mod reader;
mod starts;
mod stream;
mod tables;

pub use listed::{ListedFrame, ListedGoroutine, dump_of_list};
pub use model::{
    Dump, DumpFile, DumpKind, Goroutine, Lost, Panic, PrefixKind, RaceAccess, RaceFrame, RaceGoroutine,
    RaceReport, Signal,
};
pub use profile::dump_of_profile;
pub(crate) use reader::has_dump;
pub use reader::{DumpOptions, read_dumps};
pub use tables::{
    Frame, FrameId, LabelsId, StackId, StackRef, State, StateId, StringId, Tables, Word, WordsId,
};
