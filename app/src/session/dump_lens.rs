//! What of goroutine dumps a tab looks at: what makes goroutines equal, which dump, in which order. Plain data, saved and undone
//! with the rest of the workspace.

use goscope_analysis::dump::{Grouping, OuterFrame};
use serde::{Deserialize, Serialize};

use crate::query::goroutines::group_rows::GroupSort;

/// What of goroutine dumps is looked at, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DumpLens {
    /// What makes goroutines equal.
    pub grouping: Grouping,
    /// Which dump of a text with several is shown, counted from 1; `None` for the last one, compared with those before.
    pub dump: Option<usize>,
    /// Of several dumps that are compared, the one in which the chosen goroutine is looked at, counted from 0; `None` for
    /// the last one.
    pub looked_at: Option<usize>,
    /// The order of the groups; `None` for the most important first, or those that grew most.
    pub sort: Option<GroupSort>,
    /// What stands outside of the outermost frames of the flame graph.
    pub outer: OuterFrame,
    /// States of goroutines that are looked at, any of them; none for all.
    pub states: Vec<String>,
    /// Minutes since goroutines that are looked at last ran, at least.
    pub min_minutes: u32,
    /// Whether locks are drawn as a graph, instead of a list.
    pub draws_locks: bool,
}

impl DumpLens {
    /// Whether it leaves goroutines out.
    pub fn is_filtered(&self) -> bool {
        !self.states.is_empty() || self.min_minutes > 0
    }

    /// Keeps goroutines in this state, too, where only some are kept.
    pub fn keep_state(&mut self, state: &str) {
        if !self.states.iter().any(|other| other == state) {
            self.states.push(state.to_owned());
        }
    }
}
