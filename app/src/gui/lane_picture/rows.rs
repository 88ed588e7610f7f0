//! The rows of all open groups, without a list of them: there may be millions.
//!
//! ```text
//! row 0   GC            always there                        plain row 0
//! row 1   stopped …     likewise                                      1
//! row 2   ▾ group A     begins[0]                                     2
//! row 3     ▾ lane 0 of A                                             3
//! row 4         stacks  of the unfolded lane: 2 rows, 0 before        -
//! row 5         stacks                                                -
//! row 6     ▸ lane 1 of A                                             4
//!   …
//! row 9   ▸ group B     begins[1]; its lanes have no rows             7
//! ```
//!
//! Unfolded lanes are few: what they push down is added to the plain row by a binary search.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::sub_lanes::{SubLane, SubLanes};
use crate::gui::trace_lens::TraceLens;
use crate::gui::widgets::lane_shapes::GroupState;
use crate::query::trace::selection::LaneKind;
use goscope_analysis::trace::questions::lane_groups::{Lane, LaneGroup, LaneName, Lanes};

/// Groups are open to begin with as long as no more rows than this come of it: a screenful or so.
const ROWS_TO_BEGIN_WITH: usize = 32;

/// Lanes that are always there, above the groups.
pub(crate) const FIXED: [Lane; 2] = [Lane::Gc, Lane::StoppedWorlds];

/// See the head of the file.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    lanes: Arc<Lanes>,
    kind: LaneKind,
    opened: BTreeSet<String>,
    closed: BTreeSet<String>,
    states: Vec<GroupState>,
    /// Plain rows of the groups.
    begins: Vec<usize>,
    /// How many plain rows there are.
    plain_len: usize,
    names: BTreeSet<LaneName>,
    /// In order of their rows.
    unfolded: Vec<UnfoldedLane>,
}

/// A lane with its rows below it.
#[derive(Clone, Copy, Debug)]
struct UnfoldedLane {
    lane: Lane,
    plain_row: usize,
    subs: SubLanes,
    /// Rows below other lanes above it.
    before: usize,
}

impl UnfoldedLane {
    const fn first_row(&self) -> usize {
        self.plain_row + 1 + self.before
    }

    fn pushed_down(&self) -> usize {
        self.before + self.subs.len()
    }
}

/// What is in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowKind<'a> {
    /// The name of a group, and its place among the groups.
    Group(&'a LaneGroup, usize, GroupState),
    /// A lane, whether it fits the filter, and whether it is unfolded.
    Lane(Lane, bool, GroupState),
    /// A row below an unfolded lane.
    Sub(Lane, SubLane),
}

/// A lane by its name, with what there is to show below it.
pub(crate) type FindLane<'a> = &'a dyn Fn(LaneName) -> Option<(Lane, SubLanes)>;

impl Rows {
    pub(crate) fn new(lanes: &Arc<Lanes>, lens: &TraceLens, find: FindLane<'_>) -> Self {
        let mut rows = Self {
            lanes: Arc::clone(lanes),
            kind: lens.lanes,
            opened: lens.open_groups.clone(),
            closed: lens.closed_groups.clone(),
            states: Vec::new(),
            begins: Vec::new(),
            plain_len: FIXED.len(),
            names: lens.unfolded.clone(),
            unfolded: Vec::new(),
        };
        // What is a single group anyway need not be opened first.
        let is_always_open =
            matches!(lens.lanes, LaneKind::Procs | LaneKind::Threads) || lanes.groups.len() == 1;
        for group in &lanes.groups {
            let fits = rows.plain_len + group.lanes.len() <= ROWS_TO_BEGIN_WITH;
            let is_closed = rows.closed.contains(&group.name);
            let is_open =
                (is_always_open && !is_closed) || rows.opened.contains(&group.name) || (fits && !is_closed);
            rows.begins.push(rows.plain_len);
            rows.states.push(if is_open { GroupState::Open } else { GroupState::Closed });
            rows.plain_len += 1 + if is_open { group.lanes.len() } else { 0 };
        }
        rows.unfold(find);
        rows
    }

    fn unfold(&mut self, find: FindLane<'_>) {
        let is_of_kind = |name: &LaneName| match name {
            LaneName::Goroutine(_) => self.kind == LaneKind::Goroutines,
            LaneName::Proc(_) => self.kind == LaneKind::Procs,
            LaneName::Thread(_) => self.kind == LaneKind::Threads,
        };
        let found = self.names.iter().copied().filter(is_of_kind).filter_map(find);
        let seen = found.filter_map(|(lane, subs)| {
            Some(UnfoldedLane { lane, plain_row: self.plain_row_of(lane)?, subs, before: 0 })
        });
        let mut unfolded: Vec<UnfoldedLane> = seen.collect();
        unfolded.sort_by_key(|lane| lane.plain_row);
        let mut before = 0;
        for lane in &mut unfolded {
            lane.before = before;
            before = lane.pushed_down();
        }
        self.unfolded = unfolded;
    }

    /// Whether they are those of these lanes as the lens looks at them.
    pub(crate) fn are_of(&self, lanes: &Arc<Lanes>, lens: &TraceLens) -> bool {
        Arc::ptr_eq(&self.lanes, lanes)
            && self.kind == lens.lanes
            && self.opened == lens.open_groups
            && self.closed == lens.closed_groups
            && self.names == lens.unfolded
    }

    /// Whether they are rows of these lanes.
    pub(crate) fn lanes_are(&self, lanes: &Arc<Lanes>) -> bool {
        Arc::ptr_eq(&self.lanes, lanes)
    }

    pub(crate) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(crate) fn len(&self) -> usize {
        self.plain_len + self.unfolded.last().map_or(0, UnfoldedLane::pushed_down)
    }

    /// A lane that was not unfolded before, as the rows from it to the end of what is below it.
    pub(crate) fn newly_unfolded(&self, before: &Self) -> Option<std::ops::Range<usize>> {
        let was_not = |lane: &&UnfoldedLane| before.unfolded.iter().all(|other| other.lane != lane.lane);
        let lane = self.unfolded.iter().find(was_not)?;
        Some(lane.first_row() - 1..lane.first_row() + lane.subs.len())
    }

    /// Whether any lane is unfolded.
    pub(crate) fn has_sub_lanes(&self) -> bool {
        !self.unfolded.is_empty()
    }

    pub(crate) fn at(&self, row: usize) -> Option<RowKind<'_>> {
        let above = self.unfolded.partition_point(|lane| lane.first_row() <= row);
        let Some(last) = above.checked_sub(1).map(|at| &self.unfolded[at]) else { return self.plain_at(row) };
        let offset = row - last.first_row();
        if offset < last.subs.len() {
            return Some(RowKind::Sub(last.lane, last.subs.at(offset)));
        }
        self.plain_at(row - last.pushed_down())
    }

    fn plain_at(&self, row: usize) -> Option<RowKind<'_>> {
        if row >= self.plain_len {
            return None;
        }
        if let Some(&lane) = FIXED.get(row) {
            return Some(RowKind::Lane(lane, true, GroupState::Closed));
        }
        let at = self.begins.partition_point(|&begin| begin <= row).checked_sub(1)?;
        let (group, offset) = (&self.lanes.groups[at], row - self.begins[at]);
        let Some(lane) = offset.checked_sub(1) else {
            return Some(RowKind::Group(group, at, self.states[at]));
        };
        let fits = group.fits.get(lane).copied().unwrap_or(true);
        let is_unfolded = self.unfolded.binary_search_by_key(&row, |lane| lane.plain_row).is_ok();
        let state = if is_unfolded { GroupState::Open } else { GroupState::Closed };
        group.lanes.get(lane).map(|&lane| RowKind::Lane(lane, fits, state))
    }

    fn plain_row_of(&self, lane: Lane) -> Option<usize> {
        let (group, at) = self.lanes.place_of_lane(lane)?;
        (self.states[group] == GroupState::Open).then(|| self.begins[group] + 1 + at)
    }

    /// The row of a lane, if its group is open.
    pub(crate) fn row_of(&self, lane: Lane) -> Option<usize> {
        self.plain_row_of(lane).map(|row| self.pushed_down(row))
    }

    /// The row of the group that a lane is in.
    pub(crate) fn row_of_group(&self, lane: Lane) -> Option<usize> {
        let (group, _) = self.lanes.place_of_lane(lane)?;
        Some(self.pushed_down(self.begins[group]))
    }

    fn pushed_down(&self, plain_row: usize) -> usize {
        let above = self.unfolded.partition_point(|lane| lane.plain_row < plain_row);
        plain_row + above.checked_sub(1).map_or(0, |at| self.unfolded[at].pushed_down())
    }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::trace::TaskId;

    use super::*;

    fn lanes() -> Arc<Lanes> {
        let group = |name: &str, len: u32| LaneGroup {
            name: name.to_owned(),
            title: name.to_owned(),
            lanes: (0..len).map(|id| Lane::Task(TaskId(id))).collect(),
            fits: Vec::new(),
        };
        Arc::new(Lanes::of_groups(vec![group("A", 3), group("B", 1_000), group("C", 2)]))
    }

    fn text(rows: &Rows) -> Vec<String> {
        let row = |row| match rows.at(row).expect("a row") {
            RowKind::Group(group, _, state) => format!("{} {state:?}", group.name),
            RowKind::Lane(lane, ..) => format!("{lane:?}"),
            RowKind::Sub(_, sub) => format!("{sub:?}"),
        };
        (0..rows.len()).map(row).collect()
    }

    #[test]
    fn small_groups_are_open_and_large_ones_take_one_row() {
        let rows = Rows::new(&lanes(), &TraceLens::default(), &|_| None);
        assert_eq!(rows.len(), 2 + 4 + 1 + 3);
        assert_eq!(text(&rows)[2], "A Open");
        assert_eq!(text(&rows)[6..8], ["B Closed", "C Open"]);
        assert!(rows.at(rows.len()).is_none());
    }

    #[test]
    fn a_group_opened_by_hand_has_all_its_rows() {
        let mut lens = TraceLens::default();
        lens.open_groups.insert("B".to_owned());
        lens.closed_groups.insert("A".to_owned());
        let (lanes, closed) = (lanes(), TraceLens::default());
        let rows = Rows::new(&lanes, &lens, &|_| None);
        assert_eq!(rows.len(), 2 + 1 + 1_001 + 1);
        assert!(rows.are_of(&lanes, &lens) && !rows.are_of(&lanes, &closed));
        assert!(matches!(
            rows.at(1_003),
            Some(RowKind::Lane(Lane::Task(TaskId(999)), true, GroupState::Closed))
        ));
    }

    /// As if the name of a lane were its id, and the second level of A and the lanes of C had stacks.
    fn find(name: LaneName) -> Option<(Lane, SubLanes)> {
        let LaneName::Proc(number) = name else { return None };
        let subs = SubLanes { stack_levels: 2, ..SubLanes::default() };
        Some((Lane::Task(TaskId(number as u32)), subs))
    }

    #[test]
    fn rows_below_an_unfolded_lane_push_the_others_down() {
        let mut lens = TraceLens { lanes: LaneKind::Procs, ..TraceLens::default() };
        lens.unfolded.extend([LaneName::Proc(0), LaneName::Proc(1_001), LaneName::Goroutine(2)]);
        let group = |name: &str, ids: std::ops::Range<u32>| LaneGroup {
            name: name.to_owned(),
            title: name.to_owned(),
            lanes: ids.map(|id| Lane::Task(TaskId(id))).collect(),
            fits: Vec::new(),
        };
        let lanes = Arc::new(Lanes::of_groups(vec![group("A", 0..2), group("B", 1_000..1_002)]));
        let rows = Rows::new(&lanes, &lens, &find);
        let expected = [
            "Gc",
            "StoppedWorlds",
            "A Open",
            "Task(TaskId(0))",
            "Stacks(0)",
            "Stacks(1)",
            "Task(TaskId(1))",
            "B Open",
            "Task(TaskId(1000))",
            "Task(TaskId(1001))",
            "Stacks(0)",
            "Stacks(1)",
        ];
        assert_eq!(text(&rows), expected);
        assert!(rows.at(rows.len()).is_none());
        for (row, id) in [(3, 0), (6, 1), (8, 1_000), (9, 1_001)] {
            assert_eq!(rows.row_of(Lane::Task(TaskId(id))), Some(row));
        }
        assert_eq!(rows.row_of_group(Lane::Task(TaskId(1_001))), Some(7));
        let mut before = lens.clone();
        before.unfolded.remove(&LaneName::Proc(1_001));
        let before = Rows::new(&lanes, &before, &find);
        assert_eq!(rows.newly_unfolded(&before), Some(9..12));
        assert_eq!(before.newly_unfolded(&rows), None);
        assert!(matches!(rows.at(3), Some(RowKind::Lane(_, _, GroupState::Open))));
        lens.closed_groups.insert("A".to_owned());
        let rows = Rows::new(&lanes, &lens, &find);
        assert_eq!(rows.len(), 2 + 1 + 3 + 2, "what is in a closed group takes no room");
        lens.unfolded.clear();
        assert!(!rows.are_of(&lanes, &lens));
    }
}
