//! Captures from running programs: what is asked for, in which order, and what becomes of the answers.
//!
//! ```text
//! once: index ─► plan ─► take ─► keep ─► bundle      a program each thread
//!                  kind    │
//!                        board        what is being fetched, and the switch that ends it
//! watch: a folder ─► its new files
//! ```

pub mod board;
pub mod clock;
mod command_line;
mod content;
pub mod digest;
pub mod index;
pub mod keep;
pub mod kind;
pub mod manifest;
pub mod merged;
pub mod once;
pub mod plan;
pub mod take;
pub mod watch;
pub mod wish;
