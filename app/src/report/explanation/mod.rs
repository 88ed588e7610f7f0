//! Writers of what explains benchmarks.

pub mod json;
pub mod markdown;
mod shown;
pub mod text;
