//! Places to look at.

use goscope_parsers::trace::{GoId, Time};

use super::finding::Example;
use crate::trace::words::time::add_up;

/// How many of them a finding has, at most.
pub(super) const MOST_EXAMPLES: usize = 5;

/// An example of a wait or a life.
pub(super) fn example(goroutine: GoId, begin: Time, end: Time) -> Example {
    Example { goroutine, begin, end }
}

/// Waits or lives of one kind: how many, how long together, and the longest.
#[derive(Clone, Debug, Default)]
pub(super) struct Examples {
    pub(super) count: usize,
    pub(super) nanos: u64,
    /// The longest, and some that came after they were looked through.
    longest: Vec<Example>,
}

impl Examples {
    pub(super) fn add(&mut self, example: Example) {
        self.count += 1;
        add_up(&mut self.nanos, example.end.abs_diff(example.begin));
        self.longest.push(example);
        if self.longest.len() >= 8 * MOST_EXAMPLES {
            self.longest = longest(std::mem::take(&mut self.longest));
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        add_up(&mut self.nanos, other.nanos);
        self.longest.extend(other.longest);
        self.longest = longest(std::mem::take(&mut self.longest));
    }

    pub(super) fn longest(self) -> Vec<Example> {
        longest(self.longest)
    }
}

/// Keeps the longest examples.
pub(super) fn longest(mut examples: Vec<Example>) -> Vec<Example> {
    examples.sort_by_key(|it| (std::cmp::Reverse(it.end - it.begin), it.begin, it.goroutine));
    examples.truncate(MOST_EXAMPLES);
    examples
}
