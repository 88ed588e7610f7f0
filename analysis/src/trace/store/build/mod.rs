//! From ordered events to the columns of a trace, in one pass.
//!
//! ```text
//! events ─► transitions ─► a span ends, the next begins ─► block (block.rs) ─► sorted by goroutine when full
//!        ├► annotations ─► tasks, regions, logs (annotations.rs)
//!        ├► sums of time by cause and state, kept up with every transition (sums.rs)
//!        └► rows: ranges, metrics, labels, samples, Ps (row_parts.rs)
//! ```
//!
//! Pieces of a trace are built side by side (piece.rs, helped.rs), with notes about what only their past can tell (carried.rs),
//! and sewn together in order (sew.rs). Nothing depends on where one chunk ends and the next begins, nor on the number
//! of threads.

mod annotations;
mod builder;
mod carried;
mod chunk_notes;
mod finish;
mod grow;
mod helped;
mod piece;
mod row_parts;
mod sew;
mod sums;

pub use self::builder::Builder;
pub use self::chunk_notes::ChunkNotes;
pub use self::finish::Reading;
pub(crate) use self::helped::{HelpedPiece, Workshop};
pub(crate) use self::piece::PieceBuilder;
