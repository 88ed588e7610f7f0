//! Answers from a trace: why it was slow, in sentences whose nouns are links.

pub mod blame;
pub mod blame_sentence;
pub mod cohort;
pub mod finding_sentence;
pub mod findings;
pub mod sentence;
pub mod what_if;
pub mod why;
pub mod why_sentence;
