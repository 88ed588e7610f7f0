//! Two profiles side by side: the values of both for every call path and every function.
//!
//! Both sides are brought to the finest unit among them, which only multiplies, and their frames to common numbers;
//! then the samples of both become one tree with two values a node. A rate is applied at the end, to sums: applied to
//! samples, its rounding would add up. Several profiles a side are added up; statistics over the runs of a side
//! (spread, significance) have their place beside [`DiffTable`], made from one table a run.

use std::cmp::Reverse;

use rayon::slice::ParallelSliceMut as _;

use super::call_tree::{NodeId, TreeShape};
use super::direction::Direction;
use super::frame::{FrameId, FrameTable};
use super::location_frames::LocationFrames;
use super::query::QueryError;
use super::stacks::Stacks;
use super::sums::{Sums, sums};
use super::tree::{self, Reading, StackSource, Tree};
use crate::value::{are_compatible, conversion_ratio};

/// A tree that holds every call path of either side. Children are sorted by base + head, largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffTree {
    /// What frame ids of `shape` mean, for both sides.
    pub frames: FrameTable,
    /// Who calls whom, on either side.
    pub shape: TreeShape,
    /// Flat of the base profile, per node; 0 where it lacks the path.
    pub base_flat: Vec<i64>,
    /// Cum of the base profile, per node.
    pub base_cum: Vec<i64>,
    /// Flat of the head profile, per node, in the unit (and rate) of the base.
    pub head_flat: Vec<i64>,
    /// Cum of the head profile, per node.
    pub head_cum: Vec<i64>,
}

/// How the two sides are put on one scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DiffScale {
    /// Values as they are: what was spent in total.
    #[default]
    Totals,
    /// Head values as if it had run as long as the base.
    PerSecond,
    /// Head values times `base / head`: as if both sides had the same exposure, such as units of work done, or the same
    /// total. Two numbers and no fraction, so that a question can be a key.
    PerExposure {
        /// Exposure of the base.
        base: u64,
        /// Exposure of the head, in the same unit; not 0.
        head: u64,
    },
}

/// One frame on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffRow {
    /// Which frame, in [`DiffTable::frames`].
    pub frame: FrameId,
    /// Flat of the base.
    pub base_flat: i64,
    /// Cum of the base.
    pub base_cum: i64,
    /// Flat of the head, in the unit (and rate) of the base.
    pub head_flat: i64,
    /// Cum of the head.
    pub head_cum: i64,
}

/// One row a frame that either side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffTable {
    /// What frame ids mean.
    pub frames: FrameTable,
    /// Unit of all values.
    pub unit: String,
    /// The value that is 100 % of the base.
    pub base_total: i64,
    /// The same of the head, in the unit (and rate) of the base.
    pub head_total: i64,
    /// Largest change of flat first.
    pub rows: Vec<DiffRow>,
}

/// Two sides, each of one or more profiles, with common frames and one unit.
#[derive(Clone, Debug)]
pub struct Comparison<'p> {
    pub(super) frames: FrameTable,
    unit: String,
    /// All profiles, those of the base first.
    pub(super) runs: Vec<Run<'p>>,
    /// What the values of the head are multiplied with.
    head_rate: f64,
}

/// One profile of a comparison.
#[derive(Clone, Debug)]
pub(super) struct Run<'p> {
    pub(super) stacks: &'p Stacks<'p>,
    side: Side,
    /// How many of the common unit one of the profile's is: 1 or more, and whole.
    unit_ratio: i64,
    /// The common number of each of the profile's frames.
    pub(super) frame: Vec<FrameId>,
    location_frames: LocationFrames,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Base,
    Head,
}

/// Puts two sides together. Several profiles of a side are added up.
///
/// # Errors
/// The values of two profiles cannot be compared, a side is empty, or a rate is asked for and a duration is missing.
pub fn compare<'p>(
    base: &'p [Stacks<'p>],
    head: &'p [Stacks<'p>],
    scale: DiffScale,
) -> Result<Comparison<'p>, QueryError> {
    let first = base.first().ok_or(QueryError::NoProfile { side: "base" })?;
    if head.is_empty() {
        return Err(QueryError::NoProfile { side: "head" });
    }
    let unit = finest_unit(first, base.iter().chain(head))?;
    let head_rate = match scale {
        DiffScale::Totals => 1.0,
        DiffScale::PerSecond => duration(base, "base")? / duration(head, "head")?,
        DiffScale::PerExposure { base, head } => base as f64 / head.max(1) as f64,
    };
    // Its frames keep their numbers.
    let mut frames = first.frames().clone();
    let sides =
        base.iter().map(|stacks| (stacks, Side::Base)).chain(head.iter().map(|stacks| (stacks, Side::Head)));
    let runs = sides
        .map(|(stacks, side)| {
            let frame = frames.intern_all(stacks.frames());
            let location_frames = stacks.location_frames.map(|id| frame[id.index()]);
            let ratio = conversion_ratio(stacks.unit(), unit).unwrap_or(1.0);
            Run { stacks, side, unit_ratio: ratio.round() as i64, frame, location_frames }
        })
        .collect();
    Ok(Comparison { frames, unit: unit.to_owned(), runs, head_rate })
}

/// The finest of all units; an error if some values are of another kind than the first.
fn finest_unit<'p>(
    first: &'p Stacks<'p>,
    all: impl Iterator<Item = &'p Stacks<'p>>,
) -> Result<&'p str, QueryError> {
    let mut finest = first.unit();
    for stacks in all {
        if kind(stacks) != kind(first) || !are_compatible(stacks.unit(), first.unit()) {
            let text = |stacks: &Stacks<'_>| format!("{}/{}", stacks.kind(), stacks.unit());
            return Err(QueryError::DifferentTypes { base: text(first), head: text(stacks) });
        }
        if conversion_ratio(finest, stacks.unit()).is_some_and(|ratio| ratio > 1.0) {
            finest = stacks.unit();
        }
    }
    Ok(finest)
}

/// The name of a sample type as far as it tells types apart: producers differ in a plural and in `inuse_`.
fn kind<'p>(stacks: &'p Stacks<'_>) -> &'p str {
    let kind = stacks.kind();
    let kind = kind.strip_prefix("inuse_").unwrap_or(kind);
    kind.strip_suffix('s').unwrap_or(kind)
}

/// How long all profiles of a side ran together.
fn duration(side: &[Stacks<'_>], name: &'static str) -> Result<f64, QueryError> {
    let durations = side.iter().map(|stacks| stacks.profile().duration_nanos);
    let mut sum = 0.0;
    for duration in durations {
        if duration <= 0 {
            return Err(QueryError::NoDuration { side: name });
        }
        sum += duration as f64;
    }
    Ok(sum)
}

/// A value on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BothSides {
    /// That of the base.
    pub base: i64,
    /// That of the head, in the unit (and rate) of the base.
    pub head: i64,
}

impl BothSides {
    /// What the head has more than the base.
    pub const fn change(self) -> i64 {
        self.head.wrapping_sub(self.base)
    }

    /// Adds a value of a run.
    pub(super) fn add(&mut self, run: &Run<'_>, value: i64) {
        let side = match run.side {
            Side::Base => &mut self.base,
            Side::Head => &mut self.head,
        };
        *side = side.wrapping_add(value.saturating_mul(run.unit_ratio));
    }

    /// Brings a sum of the head to the rate of the base.
    pub(super) fn at_rate(self, comparison: &Comparison<'_>) -> Self {
        Self { head: comparison.at_rate(self.head), ..self }
    }
}

impl Comparison<'_> {
    /// Unit of all values: the finest of all profiles.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// What the values of the head are multiplied with: 1 for totals.
    pub fn head_rate(&self) -> f64 {
        self.head_rate
    }

    /// The values that are 100 % of base and head, in that unit and at the rate of the base.
    pub fn totals(&self) -> (i64, i64) {
        (self.total(Side::Base), self.at_rate(self.total(Side::Head)))
    }

    fn total(&self, side: Side) -> i64 {
        let runs = self.runs.iter().filter(|run| run.side == side);
        runs.fold(0, |sum, run| sum.saturating_add(run.stacks.total().saturating_mul(run.unit_ratio)))
    }

    /// A sum of the head at the rate of the base.
    fn at_rate(&self, value: i64) -> i64 {
        if self.head_rate == 1.0 { value } else { (value as f64 * self.head_rate).round() as i64 }
    }
}

/// The call paths of both sides, outermost callers below the root.
pub fn diff_tree(comparison: &Comparison<'_>) -> DiffTree {
    build_tree(comparison, Direction::TopDown.into())
}

/// The call paths of both sides read from the leaf.
pub fn inverted_diff_tree(comparison: &Comparison<'_>) -> DiffTree {
    build_tree(comparison, Direction::Inverted.into())
}

/// The tree of both sides as their stacks are read.
pub(super) fn build_tree(comparison: &Comparison<'_>, reading: Reading) -> DiffTree {
    let source = |run: &'_ Run<'_>| -> Box<dyn Fn(i64) -> [i64; 2] + Sync> {
        let ratio = run.unit_ratio;
        match run.side {
            Side::Base => Box::new(move |weight| [weight.saturating_mul(ratio), 0]),
            Side::Head => Box::new(move |weight| [0, weight.saturating_mul(ratio)]),
        }
    };
    let sources: Vec<StackSource<'_, 2>> = comparison
        .runs
        .iter()
        .map(|run| StackSource {
            stacks: run.stacks,
            location_frames: &run.location_frames,
            value: source(run),
        })
        .collect();
    let Tree { shape, flat: [base_flat, head_flat], cum: [base_cum, head_cum] } =
        tree::build(&sources, &comparison.frames, reading, [1.0, comparison.head_rate], 0.0);
    let mut tree =
        DiffTree { frames: comparison.frames.clone(), shape, base_flat, base_cum, head_flat, head_cum };
    if comparison.head_rate != 1.0 {
        apply_rate(&mut tree, comparison);
    }
    tree
}

/// Brings the head's values to the rate of the base such that a node's cum stays its flat and its children's cum.
///
/// ```text
/// before   |  flat  | child 1      | child 2   |     every node has a stretch of a line, inside its parent's
/// after    | flat | child 1  | child 2 |             ends are multiplied and rounded: no error adds up
/// ```
fn apply_rate(tree: &mut DiffTree, comparison: &Comparison<'_>) {
    let n_nodes = tree.shape.len();
    let mut start = vec![0_i64; n_nodes];
    for row in 0..n_nodes {
        let mut at = start[row].wrapping_add(tree.head_flat[row]);
        let end_of_flat = comparison.at_rate(at);
        let first = comparison.at_rate(start[row]);
        for child in tree.shape.children(NodeId(u32::try_from(row).expect("rows are u32 ids"))) {
            start[child] = at;
            at = at.wrapping_add(tree.head_cum[child]);
        }
        tree.head_flat[row] = end_of_flat.wrapping_sub(first);
        tree.head_cum[row] = comparison.at_rate(at).wrapping_sub(first);
    }
}

/// Every frame of either side with its values, largest change of flat first.
pub fn diff_rows(comparison: &Comparison<'_>) -> DiffTable {
    let frames = &comparison.frames;
    let no_row = |frame| DiffRow { frame, base_flat: 0, base_cum: 0, head_flat: 0, head_cum: 0 };
    let mut rows: Vec<DiffRow> = frames.iter().map(|(frame, _)| no_row(frame)).collect();
    for run in &comparison.runs {
        add_run(run, &mut rows);
    }
    for row in &mut rows {
        row.head_flat = comparison.at_rate(row.head_flat);
        row.head_cum = comparison.at_rate(row.head_cum);
    }
    rows.retain(|row| *row != no_row(row.frame));
    let ranks = frames.unique_ranks();
    rows.par_sort_unstable_by_key(|row| {
        let change = |base: i64, head: i64| Reverse(head.wrapping_sub(base).unsigned_abs());
        (change(row.base_flat, row.head_flat), change(row.base_cum, row.head_cum), ranks[row.frame.index()])
    });
    let (base_total, head_total) = comparison.totals();
    DiffTable { frames: frames.clone(), unit: comparison.unit.clone(), base_total, head_total, rows }
}

fn add_run(run: &Run<'_>, rows: &mut [DiffRow]) {
    let Sums { flat, cum, .. } = sums(run.stacks);
    let scaled = |value: i64| value.saturating_mul(run.unit_ratio);
    for ((frame, flat), cum) in run.frame.iter().zip(flat).zip(cum) {
        let row = &mut rows[frame.index()];
        let (row_flat, row_cum) = match run.side {
            Side::Base => (&mut row.base_flat, &mut row.base_cum),
            Side::Head => (&mut row.head_flat, &mut row.head_cum),
        };
        *row_flat = row_flat.wrapping_add(scaled(flat));
        *row_cum = row_cum.wrapping_add(scaled(cum));
    }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::pprof::Profile;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::{diff_table_text, diff_tree_text, profile};

    fn stacks(profiles: &[Profile]) -> Vec<Stacks<'_>> {
        let select = |profile| select(profile, &StackQuery::default()).expect("a query without filters");
        profiles.iter().map(select).collect()
    }

    fn compared<R>(
        base: &[&str],
        head: &[&str],
        scale: DiffScale,
        read: impl FnOnce(&Comparison<'_>) -> R,
    ) -> Result<R, QueryError> {
        let profiles = |texts: &[&str]| texts.iter().map(|text| profile(text)).collect::<Vec<_>>();
        let (base, head) = (profiles(base), profiles(head));
        let (base, head) = (stacks(&base), stacks(&head));
        compare(&base, &head, scale).map(|comparison| read(&comparison))
    }

    fn check_tree(base: &str, head: &str) -> String {
        compared(&[base], &[head], DiffScale::Totals, |comparison| diff_tree_text(&diff_tree(comparison)))
            .unwrap_or_else(|error| error.to_string())
    }

    fn check_rows(base: &[&str], head: &[&str], scale: DiffScale) -> String {
        let text = |comparison: &Comparison<'_>| {
            let table = diff_rows(comparison);
            format!("{}->{} {}\n{}", table.base_total, table.head_total, table.unit, diff_table_text(&table))
        };
        compared(base, head, scale, text).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_node_has_the_values_of_both_sides() {
        assert_snapshot!(check_tree(
            "main;old 3
             main;same;x 5",
            "main;new 2
             main;same;x 6
             main;same 1"
        ), @r"
        (root) 0->0 8->9
          main 0->0 8->9
            same 0->1 5->7
              x 5->6 5->6
            old 3->0 3->0
            new 0->2 0->2
        ");
    }

    #[test]
    fn the_inverted_tree_has_both_sides_too() {
        let text = compared(&["main;a 3"], &["main;b;a 2"], DiffScale::Totals, |comparison| {
            diff_tree_text(&inverted_diff_tree(comparison))
        });
        assert_snapshot!(text.expect("comparable"), @r"
        (root) 0->0 3->2
          a 0->0 3->2
            main 3->0 3->0
            b 0->0 0->2
              main 0->2 0->2
        ");
    }

    #[test]
    fn rows_are_sorted_by_change_of_flat_then_cum() {
        assert_snapshot!(check_rows(
            &["main;a 10\nmain;b 5\nmain;c 1"],
            &["main;a 11\nmain;b 1\nmain;d 2\nmain;c 1"],
            DiffScale::Totals
        ), @r"
        16->15 count
        5->1 5->1 b
        0->2 0->2 d
        10->11 10->11 a
        0->0 16->15 main
        1->1 1->1 c
        ");
    }

    #[test]
    fn several_runs_of_a_side_are_added_up() {
        assert_snapshot!(check_rows(&["main;a 1", "main;a 2\nmain;b 1"], &["main;a 5"], DiffScale::Totals), @r"
        4->5 count
        3->5 3->5 a
        1->0 1->0 b
        0->0 4->5 main
        ");
    }

    #[test]
    fn units_are_brought_to_the_finest() {
        assert_snapshot!(check_rows(
            &["types: cpu/milliseconds\nmain 3"],
            &["types: cpu/nanoseconds\nmain 2500000"],
            DiffScale::Totals
        ), @r"
        3000000->2500000 nanoseconds
        3000000->2500000 3000000->2500000 main
        ");
    }

    #[test]
    fn a_rate_takes_the_durations_into_account() {
        assert_snapshot!(check_rows(
            &["duration: 10000000000\nmain;a 10\nmain;b 10"],
            &["duration: 20000000000\nmain;a 20\nmain;b 30"],
            DiffScale::PerSecond
        ), @r"
        20->25 count
        10->15 10->15 b
        0->0 20->25 main
        10->10 10->10 a
        ");
    }

    #[test]
    fn different_types_cannot_be_compared() {
        assert_snapshot!(check_rows(
            &["types: cpu/ns\nmain 1"],
            &["types: space/bytes\nmain 1"],
            DiffScale::Totals
        ), @"cannot compare cpu/ns of the base with space/bytes of the head: choose the same sample type on both sides");
        assert_snapshot!(check_rows(
            &["types: x/ns\nmain 1"],
            &["types: x/bytes\nmain 1"],
            DiffScale::Totals
        ), @"cannot compare x/ns of the base with x/bytes of the head: choose the same sample type on both sides");
    }

    #[test]
    fn a_plural_or_inuse_makes_no_other_type() {
        assert_snapshot!(check_rows(
            &["types: object/count\nmain 1"],
            &["types: inuse_objects/count\nmain 2"],
            DiffScale::Totals
        ), @r"
        1->2 count
        1->2 1->2 main
        ");
    }

    #[test]
    fn a_missing_duration_or_side_is_an_error() {
        assert_snapshot!(check_rows(&["duration: 1\nmain 1"], &["main 1"], DiffScale::PerSecond), @"cannot compare per second: the head profile does not say how long it ran");
        assert_snapshot!(check_rows(&[], &["main 1"], DiffScale::Totals), @"the base side of the comparison holds no profile");
    }

    fn any_text() -> impl Strategy<Value = String> {
        let line = (prop::collection::vec(0_u8..4, 1..6), 0_i64..50).prop_map(|(stack, value)| {
            let names: Vec<String> = stack.iter().map(|function| format!("f{function}")).collect();
            format!("{} {value}", names.join(";"))
        });
        prop::collection::vec(line, 0..20).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn each_side_of_a_diff_adds_up(
            base in any_text(), head in any_text(), seconds in 1_i64..40, is_inverted in any::<bool>()
        ) {
            let base = format!("duration: 7\n{base}");
            let head = format!("duration: {seconds}\n{head}");
            let build = if is_inverted { inverted_diff_tree } else { diff_tree };
            let (tree, rate) = compared(&[&base], &[&head], DiffScale::PerSecond, |comparison| {
                (build(comparison), comparison.head_rate())
            }).expect("comparable");
            let head = profile(&head);
            let total: i64 = (0..head.samples.len()).map(|sample| head.samples.value(sample, 0)).sum();
            prop_assert_eq!(tree.head_cum[0], (total as f64 * rate).round() as i64);
            for row in 0..tree.shape.len() {
                let children = tree.shape.children(NodeId(u32::try_from(row).expect("a small tree")));
                let below = |cum: &[i64]| children.clone().map(|child| cum[child]).sum::<i64>();
                prop_assert_eq!(tree.head_flat[row] + below(&tree.head_cum), tree.head_cum[row]);
                prop_assert_eq!(tree.base_flat[row] + below(&tree.base_cum), tree.base_cum[row]);
                prop_assert!(tree.head_flat[row] >= 0);
            }
        }

        #[test]
        fn a_profile_compared_with_itself_has_not_changed(text in any_text()) {
            let (tree, table) = compared(&[&text], &[&text], DiffScale::Totals, |comparison| {
                (diff_tree(comparison), diff_rows(comparison))
            }).expect("comparable");
            prop_assert_eq!(tree.base_cum, tree.head_cum);
            prop_assert!(table.rows.iter().all(|row| row.base_flat == row.head_flat && row.base_cum == row.head_cum));
        }
    }
}
