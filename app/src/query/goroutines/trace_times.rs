//! The time of a group of goroutines in a trace of the same run.

use goscope_analysis::trace::cause::SpanState;

use crate::text::column::duration;
use crate::text::{count, percent};

/// States that are named.
const MOST_STATES: usize = 3;

/// The goroutines of a group in a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InTrace {
    /// Goroutines of the group.
    pub n_goroutines: usize,
    /// Those that the trace has.
    pub n_found: usize,
    /// Their time in each state, in ns, the longest first; without what is unknown.
    pub states: Vec<(SpanState, u64)>,
    /// What most of them did at the end of the trace, in words: `waiting: sync`; empty if none was found.
    pub last: String,
    /// The number of the one that waited longest; `None` if none did.
    pub waited_longest: Option<i64>,
}

impl InTrace {
    /// `3 of 3 in the trace, 14.9 s: waiting 99.9%, running 0.1%; at its end waiting: sync; longest g:20`.
    pub fn sentence(&self) -> String {
        let found = format!("{} of {} in the trace", count(self.n_found), count(self.n_goroutines));
        let total: u64 = self.states.iter().map(|(_, nanos)| nanos).sum();
        if total == 0 {
            return found;
        }
        let part = |(state, nanos): &(SpanState, u64)| {
            format!("{} {}", state.name(), percent(*nanos as f64 / total as f64))
        };
        let parts: Vec<String> = self.states.iter().take(MOST_STATES).map(part).collect();
        let total = duration(total);
        let longest = self.waited_longest.filter(|_| self.n_found > 1);
        let longest = longest.map_or(String::new(), |goid| format!("; waited longest g:{goid}"));
        format!("{found}, {total}: {}; at its end {}{longest}", parts.join(", "), self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_sentence() {
        let states = vec![(SpanState::Waiting, 14_900_000_000), (SpanState::Running, 14_914_914)];
        let (last, waited_longest) = ("waiting: sync".to_owned(), Some(20));
        let found = InTrace { n_goroutines: 3, n_found: 3, states, last, waited_longest };
        assert_eq!(
            found.sentence(),
            "3 of 3 in the trace, 14.91s: waiting 99.9%, running 0.1%; at its end waiting: sync; waited longest g:20"
        );
        let none = InTrace { n_goroutines: 2, ..InTrace::default() };
        assert_eq!(none.sentence(), "0 of 2 in the trace");
    }
}
