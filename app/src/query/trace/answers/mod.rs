//! Answers from a trace: why it was slow, in sentences whose nouns are links.

pub mod blame;
pub mod blame_sentence;
pub mod cohort;
pub mod cohort_sentence;
mod command_line;
pub mod cpu_widths;
pub mod finding_headlines;
pub mod finding_sentence;
pub mod findings;
pub mod gc_bill;
pub mod headlines;
pub mod kind;
pub mod page;
pub mod path;
pub mod scheduler;
pub mod scheduler_sentence;
pub mod sentence;
pub mod signals;
pub mod slowest;
pub mod what_if;
pub mod why;
pub mod why_sentence;
