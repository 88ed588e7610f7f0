//! Answers beside the model: `event(&Event, &Tables)` for each event of the reader's one pass, then an answer, or a
//! compact log that answers many. They need every event and little memory.

pub mod gc;
pub mod mmu;
mod mud;
pub mod mutator_log;
pub mod profile;
pub mod stw;
pub mod utilization;
