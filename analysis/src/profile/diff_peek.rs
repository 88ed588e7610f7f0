//! Callers and callees of one frame on both sides of a comparison.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::diff::{BothSides, Comparison};
use super::frame::{Frame, FrameId, FrameTable};
use super::peek::{Call, peek};

/// A call between the frame and another one, on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallChange {
    /// The other frame.
    pub frame: FrameId,
    /// Value of the samples that hold the call.
    pub value: BothSides,
}

/// A frame between its callers and callees, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffPeek {
    /// What frame ids mean.
    pub frames: FrameTable,
    /// Value of the samples that end in the frame.
    pub flat: BothSides,
    /// Value of the samples that hold it.
    pub cum: BothSides,
    /// Who calls it, the largest change first, ties by name.
    pub callers: Vec<CallChange>,
    /// Whom it calls, the largest change first, ties by name.
    pub callees: Vec<CallChange>,
}

/// Looks at one frame of both sides. A side without it has nothing of it.
pub fn diff_peek(comparison: &Comparison<'_>, frame: &Frame) -> DiffPeek {
    let [mut flat, mut cum] = [BothSides::default(); 2];
    let mut callers: BTreeMap<FrameId, BothSides> = BTreeMap::new();
    let mut callees = callers.clone();
    for run in &comparison.runs {
        let Some(id) = run.stacks.frames().find(frame) else { continue };
        let around = peek(run.stacks, id);
        flat.add(run, around.flat);
        cum.add(run, around.cum);
        for (sums, calls) in [(&mut callers, &around.callers), (&mut callees, &around.callees)] {
            for Call { frame, weight, .. } in calls {
                sums.entry(run.frame[frame.index()]).or_default().add(run, *weight);
            }
        }
    }
    let ranks = comparison.frames.unique_ranks();
    let sorted = |sums: BTreeMap<FrameId, BothSides>| {
        let call =
            |(frame, value): (FrameId, BothSides)| CallChange { frame, value: value.at_rate(comparison) };
        let mut calls: Vec<CallChange> = sums.into_iter().map(call).collect();
        calls.retain(|call| call.value != BothSides::default());
        calls.sort_by_key(|call| (Reverse(call.value.change().unsigned_abs()), ranks[call.frame.index()]));
        calls
    };
    DiffPeek {
        frames: comparison.frames.clone(),
        flat: flat.at_rate(comparison),
        cum: cum.at_rate(comparison),
        callers: sorted(callers),
        callees: sorted(callees),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::{DiffScale, compare};
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::{Stacks, select};
    use crate::testing::profile;

    #[test]
    fn callers_and_callees_have_the_values_of_both_sides_and_of_all_runs() {
        let texts =
            ["main;serve;find;scan 4\nmain;serve;find 1", "main;serve;find;scan 2", "main;cron;find;sort 9"];
        let profiles = texts.map(profile);
        let stacks: Vec<Stacks<'_>> = profiles
            .iter()
            .map(|profile| select(profile, &StackQuery::default()).expect("a query without filters"))
            .collect();
        let comparison = compare(&stacks[..2], &stacks[2..], DiffScale::Totals).expect("a comparison");
        let find = |name: &str| Frame { name: name.to_owned(), ..Frame::default() };
        let peek = diff_peek(&comparison, &find("find"));
        let lines = |calls: &[CallChange]| -> Vec<String> {
            let line = |call: &CallChange| {
                let name = &peek.frames.frame(call.frame).name;
                format!("{name} {} → {}", call.value.base, call.value.head)
            };
            calls.iter().map(line).collect()
        };
        assert_eq!((peek.cum, peek.flat.base), (BothSides { base: 7, head: 9 }, 1));
        assert_eq!(lines(&peek.callers), ["cron 0 → 9", "serve 7 → 0"]);
        assert_eq!(lines(&peek.callees), ["sort 0 → 9", "scan 6 → 0"]);
        assert_eq!(diff_peek(&comparison, &find("nowhere")).cum, BothSides::default());
    }
}
