//! Columns of Parquet files as slices and codes: what the tables are written from and read into.
//!
//! Texts and ids repeat, so they are a code a row and a dictionary, here as in the file. A list or a map in a row is its
//! length a row beside the values of all rows.

pub(crate) mod coded;
pub(crate) mod read;
pub(crate) mod write;
