//! One row per frame: what it costs itself (flat) and with all it calls (cum).
//!
//! Cutting rows off never changes the values of those that stay (pprof rebuilds its graph, with that result); what it
//! changes is who calls whom, and so the inline marks, which `inline_marks` computes for the rows that are left.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use super::frame::{FrameId, FrameTable};
pub use super::inline_marks::InlineMark;
use super::inline_marks::{InlineMarks, inline_marks};
use super::stacks::Stacks;
use super::sums::{Sums, sums_and_inlined};

/// How rows are sorted: by magnitude, largest first, ties by printed name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// By flat (pprof's default).
    #[default]
    Flat,
    /// By cum.
    Cum,
}

/// One frame of a [`TopTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopRow {
    /// Which frame.
    pub frame: FrameId,
    /// Value of the samples that end in it.
    pub flat: i64,
    /// Value of the samples that hold it; a recursive one counts once.
    pub cum: i64,
    /// Whether it was inlined into its callers.
    pub inline: InlineMark,
}

/// The frames of some stacks with their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopTable {
    /// What frame ids mean.
    pub frames: FrameTable,
    /// The rows, sorted.
    pub rows: Vec<TopRow>,
    /// The value that is 100 %.
    pub total: i64,
    /// Rows that were cut off because their cum is too small.
    pub n_dropped: usize,
    /// Rows before the list was cut to its wanted length.
    pub n_before_limit: usize,
}

/// Which rows to keep, and in which order. Fractions are equal if their bits are, so that a question can hold them.
#[derive(Clone, Copy, Debug)]
pub struct TopOptions {
    /// Order of the rows.
    pub sort: SortOrder,
    /// At most so many rows; 0 for all.
    pub node_count: usize,
    /// Rows with a cum below this share of the sum of all flat values go.
    pub node_fraction: f64,
    /// Calls below this share do not count for the inline marks.
    pub edge_fraction: f64,
}

impl TopOptions {
    fn bits(&self) -> (SortOrder, usize, u64, u64) {
        (self.sort, self.node_count, self.node_fraction.to_bits(), self.edge_fraction.to_bits())
    }
}

impl PartialEq for TopOptions {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for TopOptions {}

impl Hash for TopOptions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

impl Default for TopOptions {
    /// All rows, by flat.
    fn default() -> Self {
        Self { sort: SortOrder::Flat, node_count: 0, node_fraction: 0.0, edge_fraction: 0.0 }
    }
}

/// All frames with a value, sorted by flat.
pub fn top(stacks: &Stacks<'_>) -> TopTable {
    top_with(stacks, &TopOptions::default())
}

/// The frames that the options leave, as pprof's `-top` shows them.
pub fn top_with(stacks: &Stacks<'_>, options: &TopOptions) -> TopTable {
    let Sums { flat, cum, inlined } = sums_and_inlined(stacks);
    // The signed sum, after filters: in a difference it is the net change (an oddity of pprof).
    let flat_sum = flat.iter().copied().fold(0, i64::wrapping_add);
    let node_cutoff = cutoff(flat_sum, options.node_fraction);
    let row = |(frame, (&flat, &cum)): (FrameId, (&i64, &i64))| TopRow {
        frame,
        flat,
        cum,
        inline: InlineMark::None,
    };
    let mut rows: Vec<TopRow> = (0..).map(FrameId).zip(flat.iter().zip(&cum)).map(row).collect();
    rows.retain(|row| row.flat != 0 || row.cum != 0);
    let n_all = rows.len();
    if node_cutoff > 0 {
        rows.retain(|row| row.cum.wrapping_abs() >= node_cutoff);
    }
    let n_before_limit = rows.len();
    sort_rows(&mut rows, options.sort, stacks.frames());
    if options.node_count > 0 {
        rows.truncate(options.node_count);
    }
    let frames: Vec<FrameId> = rows.iter().map(|row| row.frame).collect();
    let marks = InlineMarks {
        frames: &frames,
        is_trimmed: rows.len() < n_all,
        edge_cutoff: cutoff(flat_sum, options.edge_fraction),
    };
    let marks = inline_marks(stacks, &marks, &inlined);
    for (row, mark) in rows.iter_mut().zip(marks) {
        row.inline = mark;
    }
    TopTable {
        frames: stacks.frames().clone(),
        rows,
        total: stacks.total(),
        n_dropped: n_all - n_before_limit,
        n_before_limit,
    }
}

/// The magnitude of a share of a sum, rounded towards zero.
pub(crate) fn cutoff(sum: i64, fraction: f64) -> i64 {
    ((sum as f64 * fraction) as i64).wrapping_abs()
}

/// Sorts as pprof does; where pprof leaves the order to chance, by the rest of the frame's identity.
fn sort_rows(rows: &mut [TopRow], order: SortOrder, frames: &FrameTable) {
    let (names, unique) = (frames.name_ranks(), frames.unique_ranks());
    rows.sort_unstable_by_key(|row| {
        // Wrapping: the least integer counts as negative, as in Go.
        let (flat, cum) = (row.flat.wrapping_abs(), row.cum.wrapping_abs());
        let (first, last) = match order {
            SortOrder::Flat => (flat, cum),
            SortOrder::Cum => (cum, flat),
        };
        (Reverse(first), names[row.frame.index()], Reverse(last), unique[row.frame.index()])
    });
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::{profile, top_table_text};

    fn check(options: TopOptions, text: &str) -> String {
        let profile = profile(text);
        top_table_text(&top_with(
            &select(&profile, &StackQuery::default()).expect("a query without filters"),
            &options,
        ))
    }

    const ALL: TopOptions =
        TopOptions { sort: SortOrder::Flat, node_count: 0, node_fraction: 0.0, edge_fraction: 0.0 };

    #[test]
    fn a_recursive_function_counts_once_a_sample() {
        assert_snapshot!(check(ALL, "main;f;g;f 5\nmain;f 1"), @r"
        6 6 f
        0 5 g
        0 6 main
        ");
    }

    #[test]
    fn rows_are_sorted_by_magnitude_then_name() {
        assert_snapshot!(check(ALL, "b 2\nc -3\na 2\nd 1"), @r"
        -3 -3 c
        2 2 a
        2 2 b
        1 1 d
        ");
        assert_snapshot!(check(TopOptions { sort: SortOrder::Cum, ..ALL }, "main;b 2\nmain;c -3\nmain;a 2"), @r"
        -3 -3 c
        2 2 a
        2 2 b
        0 1 main
        ");
    }

    #[test]
    fn frames_whose_values_cancel_have_no_row() {
        assert_snapshot!(check(ALL, "main;a 2\nmain;b 3\nmain;c;a -2"), @r"
        3 3 b
        0 -2 c
        0 3 main
        ");
    }

    #[test]
    fn a_function_inlined_into_all_callers_is_marked() {
        assert_snapshot!(check(ALL, "main;f+g 1\nh+g 2"), @r"
        3 3 g (inline)
        0 1 f
        0 2 h
        0 1 main
        ");
    }

    #[test]
    fn a_function_inlined_into_some_callers_is_marked_as_partly_inlined() {
        assert_snapshot!(check(ALL, "main;f+g 1\nh;g 2"), @r"
        3 3 g (partial-inline)
        0 1 f
        0 2 h
        0 1 main
        ");
    }

    #[test]
    fn a_call_is_inlined_only_if_it_always_is() {
        assert_snapshot!(check(ALL, "main;f+g 1\nmain;f;g 2"), @r"
        3 3 g
        0 3 f
        0 3 main
        ");
    }

    #[test]
    fn only_the_first_of_equal_calls_of_a_sample_counts() {
        assert_snapshot!(check(ALL, "main;f+g;f;g 1"), @r"
        1 1 g (inline)
        0 1 f
        0 1 main
        ");
        assert_snapshot!(check(ALL, "main;f;g;f+g 1"), @r"
        1 1 g
        0 1 f
        0 1 main
        ");
    }

    #[test]
    fn light_calls_do_not_count_for_the_mark() {
        assert_snapshot!(check(TopOptions { edge_fraction: 0.1, ..ALL }, "main;f+g 1\nh;g 99"), @r"
        100 100 g
        0 1 f
        0 99 h
        0 1 main
        ");
    }

    #[test]
    fn where_callers_are_cut_off_their_callers_take_their_place() {
        // f has too little; what is left is main → g, inlined as g is into f.
        assert_snapshot!(check(TopOptions { node_count: 2, ..ALL }, "main;f+g 10\nmain 5"), @r"
        10 10 g (inline)
        5 15 main
        ");
    }

    #[test]
    fn small_rows_are_cut_off_by_their_cum() {
        let profile = profile("main;a 90\nmain;b 9\nmain;c 1");
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let table = top_with(&stacks, &TopOptions { node_fraction: 0.05, node_count: 1, ..ALL });
        assert_eq!((table.n_dropped, table.n_before_limit, table.rows.len(), table.total), (1, 3, 1, 100));
    }

    proptest! {
        #[test]
        fn flat_values_add_up_to_all_samples_with_a_stack(values in prop::collection::vec(0_i64..100, 1..20)) {
            let lines: Vec<String> =
                values.iter().enumerate().map(|(index, value)| format!("f{};g{};f{} {value}", index % 3, index % 5, index % 4)).collect();
            let profile = profile(&lines.join("\n"));
            let table = top(&select(&profile, &StackQuery::default()).expect("a query without filters"));
            prop_assert_eq!(table.rows.iter().map(|row| row.flat).sum::<i64>(), values.iter().sum::<i64>());
            prop_assert!(table.rows.iter().all(|row| row.flat <= row.cum && row.cum <= table.total));
        }
    }
}
