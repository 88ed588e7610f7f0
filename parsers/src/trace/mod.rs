//! Go execution traces, every version: Go 1.5 to 1.27.
//!
//! [`TraceContent`] opens a file, compressed or not; [`TraceReader`] turns the bytes of a trace into [`Event`]s in
//! order; [`Tables`] hold what the ids in them stand for. Damage becomes a [`Problem`] beside the events, never a
//! panic and rarely the end.
//!
//! ```text
//! header  "go 1.26 trace"                        version
//! generation 1 … n      about a second each      generation
//!   batch               of one thread            batch
//!     event             type, time, arguments    spec, cursor
//!   tables              strings, stacks, …       generation_tables ─► resolve ─► tables
//!
//! batches ─► cursor per thread ─► frontier ─► order: one rule per event ─► Event
//!            (cursor)             (cursor)    (order)                      (event)
//!                  merge drives it, salvage says what happens after a fault
//! ```
//!
//! Traces of Go 1.21 and older have another format without generations; `v1` reads them and converts them to
//! the same events.

mod ahead;
pub mod alloc_free;
mod annotation_log;
mod batch;
mod clock;
mod content;
mod cursor;
mod cut;
mod event;
mod extent;
mod footprint;
mod generation;
mod generation_tables;
mod id_map;
mod info;
mod json;
mod merge;
mod misuse;
mod numbers;
mod options;
mod order;
mod parallel;
mod piece_ids;
mod pieces;
mod problem;
mod reader;
mod release;
mod resolve;
mod salvage;
mod seam;
mod spec;
mod speculate;
#[doc(hidden)]
pub mod stages;
mod tables;
#[cfg(feature = "testing")]
mod tables_builder;
mod text;
mod uvarint;
mod v1;
mod version;

pub use annotation_log::PieceAnnotations;
pub use clock::{Clock, ClockSnapshot, rfc3339_utc};
pub use content::TraceContent;
pub use cut::{Cut, CutError, cut_trace};
pub use event::{
    Event, EventKind, Experimental, FrameId, GenerationId, GoId, GoState, Metric, ProcId, ProcState, Range,
    StackId, StringId, TaskId, ThreadId, Time, WideArgsId,
};
pub use footprint::{EventFootprint, Footprint, footprint};
pub use info::{TraceInfo, trace_info, trace_info_from_reader};
pub use json::write_event_json;
pub use misuse::innermost_open;
pub use options::TraceOptions;
pub use parallel::{Delivered, SewnPiece};
pub use piece_ids::PieceIds;
pub use problem::{Problem, ProblemKind, Strictness};
pub use reader::{Chunk, TraceReader};
pub use spec::{EventSpec, SPECS};
pub use speculate::PieceSink;
pub use tables::{Continuity, ExperimentalBatch, Frame, Generation, Tables};
#[cfg(feature = "testing")]
pub use tables_builder::TablesBuilder;
pub use text::write_event;
pub use version::{Family, HEADER_LEN, TraceVersion};
