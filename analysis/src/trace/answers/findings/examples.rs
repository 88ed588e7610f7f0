//! Places to look at.

use goscope_parsers::trace::{GoId, Time};

use super::finding::Example;

/// How many of them a finding has, at most.
pub(super) const MOST_EXAMPLES: usize = 5;

/// An example of a wait or a life.
pub(super) fn example(goroutine: GoId, begin: Time, end: Time) -> Example {
    Example { goroutine, begin, end }
}

/// Keeps the longest examples.
pub(super) fn longest(mut examples: Vec<Example>) -> Vec<Example> {
    examples.sort_by_key(|it| (std::cmp::Reverse(it.end - it.begin), it.begin, it.goroutine));
    examples.truncate(MOST_EXAMPLES);
    examples
}
