//! Goroutine dumps for people and for scripts: findings first, then groups, those with the most goroutines first.

mod amount;
pub mod json;
pub mod markdown;
pub mod stack;
pub mod text;
mod value;
pub mod variables;

pub use amount::Amount;
