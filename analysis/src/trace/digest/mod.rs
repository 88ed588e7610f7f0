//! Spans summed up ahead of every question, so that what a selection covers as a whole is not walked over.
//!
//! ```text
//! blocks    │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │ 6 │ 7 │ 8 │ 9 │ 10 │ …
//! chunks    │       0       │       1       │       2 …
//! g7        r w r w r w r w r w w w w w w w r w r           lives in several: its spans are summed up, its lives not
//! g8            r w r                                       is at home in chunk 0
//!
//! chunk     groups   by start function: time by cause, lengths of spans by row, time of each at home by row
//!           pieces   by goroutine with many spans here: time and longest span by row
//! ```
//!
//! A chunk has what begins not before it opens and ends not after the next opens. The span that a goroutine leaves
//! it with is nobody's, and so is one that began long before its first event: whoever asks takes these one by one.
//! Goroutines whose spans are not in order (damaged traces) are in no digest.

mod build;
mod chunk;
mod covered_chunks;
mod covered_marks;
mod group_tally;
mod groups;
mod index;
mod mark_build;
mod marks;

pub(crate) use self::chunk::{ChunkDigest, GroupDigest, PieceRow};
pub(crate) use self::covered_chunks::{CoveredChunks, GoroutineSelection};
pub(crate) use self::covered_marks::{CoveredMarks, MarkFilter};
pub(crate) use self::index::Digest;
pub(crate) use self::marks::{MarkDigest, MarkKind};
