//! What own code costs with the library functions below it: `bytes.Count` is paid for by the function that calls it.
//!
//! ```text
//! main;serve;report;strings.Contains;memeqbody 30        report 30  → memeqbody 30
//! main;serve;report 5                                    report  5  → (itself)   5
//! ```
//!
//! Each sample belongs to the innermost frame of own code on its stack. What has none is left out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::diff::{BothSides, Comparison};
use super::frame::{Frame, FrameId, FrameTable};
use super::own_code::OwnCode;

/// A function of own code with the library functions that end its stacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRow {
    /// The function.
    pub frame: FrameId,
    /// What ends in it, or in a library function that it calls.
    pub value: BothSides,
    /// The frames in which that ends, itself among them: the largest change first, ties by name.
    pub leaves: Vec<(FrameId, BothSides)>,
}

/// Own code on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTable {
    /// What frame ids mean.
    pub frames: FrameTable,
    /// Unit of all values.
    pub unit: String,
    /// The functions, the largest change first, ties by name.
    pub rows: Vec<OwnRow>,
}

/// Attributes every sample of both sides to own code, of which `is_own` says what it is.
pub fn own_table(comparison: &Comparison<'_>, is_own: impl Fn(&Frame) -> bool) -> OwnTable {
    let own_code = OwnCode::new(&comparison.frames, is_own);
    let mut sums: BTreeMap<(FrameId, FrameId), BothSides> = BTreeMap::new();
    let mut stack = Vec::new();
    for run in &comparison.runs {
        for index in 0..run.stacks.len() {
            run.stacks.read_stack(index, &mut stack);
            for frame in &mut stack {
                *frame = run.frame[frame.index()];
            }
            if let (Some(owner), Some(leaf)) = own_code.ends(&stack) {
                sums.entry((owner, leaf)).or_default().add(run, run.stacks.weight(index));
            }
        }
    }
    let mut rows: Vec<OwnRow> = Vec::new();
    for ((frame, leaf), value) in sums {
        if rows.last().is_none_or(|row| row.frame != frame) {
            rows.push(OwnRow { frame, value: BothSides::default(), leaves: Vec::new() });
        }
        if let Some(row) = rows.last_mut() {
            row.value.base = row.value.base.wrapping_add(value.base);
            row.value.head = row.value.head.wrapping_add(value.head);
            row.leaves.push((leaf, value.at_rate(comparison)));
        }
    }
    let ranks = comparison.frames.unique_ranks();
    let key =
        |frame: FrameId, value: BothSides| (Reverse(value.change().unsigned_abs()), ranks[frame.index()]);
    for row in &mut rows {
        row.value = row.value.at_rate(comparison);
        row.leaves.sort_by_key(|&(leaf, value)| key(leaf, value));
    }
    rows.retain(|row| row.value != BothSides::default());
    rows.sort_by_key(|row| key(row.frame, row.value));
    OwnTable { frames: comparison.frames.clone(), unit: comparison.unit().to_owned(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::{DiffScale, compare};
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::{Stacks, select};
    use crate::testing::profile;

    #[test]
    fn library_leaves_are_paid_for_by_the_own_function_above_them() {
        let texts = [
            "main;report;lib.Contains;memeq 10\nmain;report 5\nlib.gc 7",
            "main;report;lib.Contains;memeq 30\nmain;report 5\nmain;lib.sort;main;lib.less 2",
        ];
        let profiles = texts.map(profile);
        let stacks: Vec<Stacks<'_>> = profiles
            .iter()
            .map(|profile| select(profile, &StackQuery::default()).expect("a query without filters"))
            .collect();
        let comparison = compare(&stacks[..1], &stacks[1..], DiffScale::Totals).expect("a comparison");
        let is_own = |frame: &Frame| matches!(&*frame.name, "main" | "report");
        let table = own_table(&comparison, is_own);
        let name = |frame: FrameId| table.frames.frame(frame).name.clone();
        let lines: Vec<String> = table
            .rows
            .iter()
            .flat_map(|row| {
                let line = |mark: &str, frame, value: BothSides| {
                    format!("{mark}{} {} → {}", name(frame), value.base, value.head)
                };
                let leaves = row.leaves.iter().map(move |&(leaf, value)| line("  ", leaf, value));
                std::iter::once(line("", row.frame, row.value)).chain(leaves).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            lines,
            ["report 15 → 35", "  memeq 10 → 30", "  report 5 → 5", "main 0 → 2", "  lib.less 0 → 2"]
        );
    }
}
