//! The rows of all open groups, without a list of them: there may be millions.
//!
//! ```text
//! row 0   GC            always there
//! row 1   stopped …     likewise
//! row 2   ▾ group A     begins[0]
//! row 3     lane 0 of A
//!   …
//! row 9   ▸ group B     begins[1]; its lanes have no rows
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use goscope_parsers::trace::GoId;

use crate::gui::trace_lens::TraceLens;
use crate::gui::widgets::lane_canvas::GroupState;
use crate::query::{Lane, LaneGroup, LaneKind, Lanes};

/// Groups are open to begin with as long as no more rows than this come of it: a screenful or so.
const ROWS_TO_BEGIN_WITH: usize = 32;

/// Lanes that are always there, above the groups.
pub(super) const FIXED: [Lane; 2] = [Lane::Gc, Lane::StoppedWorlds];

/// See the head of the file.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    lanes: Arc<Lanes>,
    kind: LaneKind,
    opened: BTreeSet<String>,
    closed: BTreeSet<String>,
    states: Vec<GroupState>,
    begins: Vec<usize>,
    len: usize,
}

/// What is in a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowKind<'a> {
    /// The name of a group.
    Group(&'a LaneGroup, GroupState),
    /// A lane, and whether it fits the filter.
    Lane(Lane, bool),
}

impl Rows {
    pub(super) fn new(lanes: &Arc<Lanes>, lens: &TraceLens) -> Self {
        let mut rows = Self {
            lanes: Arc::clone(lanes),
            kind: lens.lanes,
            opened: lens.open_groups.clone(),
            closed: lens.closed_groups.clone(),
            states: Vec::new(),
            begins: Vec::new(),
            len: FIXED.len(),
        };
        // What is a single group anyway need not be opened first.
        let is_always_open =
            matches!(lens.lanes, LaneKind::Procs | LaneKind::Threads) || lanes.groups.len() == 1;
        for group in &lanes.groups {
            let fits = rows.len + group.lanes.len() <= ROWS_TO_BEGIN_WITH;
            let is_closed = rows.closed.contains(&group.name);
            let is_open =
                (is_always_open && !is_closed) || rows.opened.contains(&group.name) || (fits && !is_closed);
            rows.begins.push(rows.len);
            rows.states.push(if is_open { GroupState::Open } else { GroupState::Closed });
            rows.len += 1 + if is_open { group.lanes.len() } else { 0 };
        }
        rows
    }

    /// Whether they are those of these lanes as the lens looks at them.
    pub(super) fn are_of(&self, lanes: &Arc<Lanes>, lens: &TraceLens) -> bool {
        Arc::ptr_eq(&self.lanes, lanes)
            && self.kind == lens.lanes
            && self.opened == lens.open_groups
            && self.closed == lens.closed_groups
    }

    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn at(&self, row: usize) -> Option<RowKind<'_>> {
        if row >= self.len {
            return None;
        }
        if let Some(&lane) = FIXED.get(row) {
            return Some(RowKind::Lane(lane, true));
        }
        let at = self.begins.partition_point(|&begin| begin <= row).checked_sub(1)?;
        let (group, offset) = (&self.lanes.groups[at], row - self.begins[at]);
        let Some(lane) = offset.checked_sub(1) else { return Some(RowKind::Group(group, self.states[at])) };
        let fits = group.fits.get(lane).copied().unwrap_or(true);
        group.lanes.get(lane).map(|&lane| RowKind::Lane(lane, fits))
    }

    /// The row of a goroutine, if its group is open.
    pub(super) fn row_of(&self, id: GoId) -> Option<usize> {
        let (group, lane) = self.lanes.place_of(id)?;
        (self.states[group] == GroupState::Open).then(|| self.begins[group] + 1 + lane)
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
            RowKind::Group(group, state) => format!("{} {state:?}", group.name),
            RowKind::Lane(lane, _) => format!("{lane:?}"),
        };
        (0..rows.len()).map(row).collect()
    }

    #[test]
    fn small_groups_are_open_and_large_ones_take_one_row() {
        let rows = Rows::new(&lanes(), &TraceLens::default());
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
        let rows = Rows::new(&lanes, &lens);
        assert_eq!(rows.len(), 2 + 1 + 1_001 + 1);
        assert!(rows.are_of(&lanes, &lens) && !rows.are_of(&lanes, &closed));
        assert!(matches!(rows.at(1_003), Some(RowKind::Lane(Lane::Task(TaskId(999)), true))));
    }
}
