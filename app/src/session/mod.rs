//! What is open and how it is looked at, as plain data: what a session file holds, and what a command line of the window
//! says. Both faces know it; only the window changes it.

pub mod content_kind;
pub mod dump_lens;
pub mod format;
pub mod layout;
pub mod lens_json;
pub mod link;
pub mod look;
#[cfg(test)]
pub(crate) mod made_up;
pub mod note;
mod places;
pub mod saved;
pub mod selection;
pub mod sound;
pub mod store_lens;
pub mod testing_lens;
pub mod trace_lens;
pub mod view_id;
pub mod workspace;
