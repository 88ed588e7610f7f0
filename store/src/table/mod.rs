//! The tables: rows in memory into a file, and back.

pub(crate) mod dictionary;
pub(crate) mod profiles;
pub(crate) mod samples;
mod text_items;
