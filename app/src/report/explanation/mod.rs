//! Writers of what explains benchmarks.

pub mod json;
pub mod markdown;
pub mod shown;
pub mod text;
