//! A store in a folder: Parquet files that any engine reads.
//!
//! ```text
//! goscope-store.json                                       what this folder is, and its version
//! profiles/date=2026-11-25/service=shop/PART.parquet       one row a profile
//! samples/date=2026-11-25/service=shop/PART.parquet        the samples of the profiles in the part of the same name
//! summaries/date=2026-11-25/service=shop/PART.parquet      sums of traces
//! stacks/PART.parquet   frames/PART.parquet                dictionaries; rows may repeat
//! raw/ab/abcdef….pb.gz                                     the files themselves, where they are kept
//! ```
//!
//! A profile exists when its row in `profiles/` does: it is written last. A file appears whole or not at all, under a name
//! that its content makes, so that what is written twice is there once. One writer at a time holds the lock; readers never
//! wait.

pub(crate) mod layout;
pub(crate) mod lock;
pub(crate) mod marker;
pub(crate) mod parts;
pub(crate) mod rewrite;
