//! The tables: rows in memory into a file, and back.

pub(crate) mod dictionary;
pub(crate) mod profiles;
pub(crate) mod samples;
pub(crate) mod summaries;
mod text_items;
