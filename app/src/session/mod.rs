//! What is open and how it is looked at, as plain data. Both faces know it; only the window changes it.

pub mod content_kind;
pub mod layout;
pub mod selection;
pub mod trace_lens;
pub mod view_id;
pub mod workspace;
