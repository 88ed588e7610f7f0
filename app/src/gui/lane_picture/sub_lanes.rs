//! What an unfolded lane shows below it: logs, regions by how deep they lie in each other, and the stacks of
//! its CPU samples as a chart over time.
//!
//! ```text
//! ▾ G 68     ██ running ██░░ runnable ░░██ running ██
//!   logs       [cart] added 3          [cart] paid
//!   regions    ▐── checkout ──────────────────────▌     depth 0, with one row for each depth below
//!   CPU samples ▐ goexit ─────▌        ▐ goexit ──▌     outermost function, with one row for each call below
//! ```
//!
//! Which rows there are is known without looking at what is in them; only rows that are seen get items.

use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::timeline::{RegionPiece, SampleColumns};
use goscope_parsers::trace::Time;

use super::input::Viewport;
use super::items::{ItemKind, LaneItem, item_of_region, owner_of};
use crate::text;
use goscope_analysis::trace::questions::lane_groups::Lane;

/// Least distance between two logs, in points: room for a few words.
const NOTE_DISTANCE: f64 = 60.0;

/// The rows below a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubLanes {
    pub(crate) has_logs: bool,
    /// How many regions lie in each other at most.
    pub(crate) region_levels: u16,
    /// Length of the longest stack.
    pub(crate) stack_levels: u16,
}

/// One of these rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubLane {
    /// Logs.
    Logs,
    /// Regions with so many around them.
    Regions(u16),
    /// Functions with so many callers.
    Stacks(u16),
    /// That there is nothing.
    Nothing,
}

impl SubLanes {
    pub(crate) fn of(model: &TraceModel, lane: Lane) -> Self {
        let stack_levels = owner_of(lane).map_or(0, |owner| model.lanes().sample_extent(owner).1);
        match lane {
            Lane::Goroutine(id) => Self {
                has_logs: model.lanes().log_count(id) > 0,
                region_levels: model.lanes().region_levels(id),
                stack_levels,
            },
            _ => Self { stack_levels, ..Self::default() },
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        !self.has_logs && self.region_levels == 0 && self.stack_levels == 0
    }

    /// How many rows they take: one that says so if there is nothing to show.
    pub(crate) fn len(&self) -> usize {
        let n_rows =
            usize::from(self.has_logs) + usize::from(self.region_levels) + usize::from(self.stack_levels);
        n_rows.max(1)
    }

    pub(crate) fn at(&self, row: usize) -> SubLane {
        let Ok(row) = u16::try_from(row) else { return SubLane::Nothing };
        let regions = u16::from(self.has_logs);
        let stacks = regions.saturating_add(self.region_levels);
        if row < regions {
            SubLane::Logs
        } else if row < stacks {
            SubLane::Regions(row - regions)
        } else if row - stacks < self.stack_levels {
            SubLane::Stacks(row - stacks)
        } else {
            SubLane::Nothing
        }
    }
}

/// What stands left of a row, and behind that.
pub(crate) fn sub_lane_label(model: &TraceModel, lane: Lane, sub: SubLane) -> (&'static str, String) {
    let n_samples = || owner_of(lane).map_or(0, |owner| model.lanes().sample_extent(owner).0);
    match (sub, lane) {
        (SubLane::Logs, Lane::Goroutine(id)) => ("logs", text::count(model.lanes().log_count(id))),
        (SubLane::Regions(0), _) => ("regions", String::new()),
        (SubLane::Stacks(0), _) => ("CPU samples", text::count(n_samples())),
        _ => ("", String::new()),
    }
}

/// What a row without items says.
pub(crate) fn sub_lane_note(model: &TraceModel, lane: Lane, sub: SubLane) -> &'static str {
    match (sub, lane, model.samples().is_empty()) {
        (SubLane::Nothing, Lane::Goroutine(_), true) => {
            "No regions or logs. This trace has no CPU samples: it has them if the CPU profiler ran at the same time."
        }
        (SubLane::Nothing, Lane::Goroutine(_), false) => "No CPU samples, regions or logs.",
        (SubLane::Nothing, _, true) => {
            "This trace has no CPU samples: it has them if the CPU profiler ran at the same time."
        }
        (SubLane::Nothing, _, false) => "No CPU samples.",
        _ => "",
    }
}

/// What all rows of one lane have in common, looked up once for all that are seen.
pub(crate) struct Unfolded {
    lane: Lane,
    regions: Vec<RegionPiece>,
    samples: Option<SampleColumns>,
}

impl Unfolded {
    pub(crate) fn new(model: &TraceModel, lane: Lane, viewport: &Viewport) -> Self {
        let grid = viewport.grid();
        let regions = match lane {
            Lane::Goroutine(id) => model.lanes().region_pieces(id, &grid),
            _ => Vec::new(),
        };
        let samples = owner_of(lane).map(|owner| model.lanes().sample_columns(owner, &grid));
        Self { lane, regions, samples }
    }

    pub(crate) fn is_of(&self, lane: Lane) -> bool {
        self.lane == lane
    }

    /// Adds the items of a row, from left to right.
    pub(crate) fn add_items(
        &self,
        model: &TraceModel,
        sub: SubLane,
        viewport: &Viewport,
        items: &mut Vec<LaneItem>,
    ) {
        let lane = self.lane;
        match sub {
            SubLane::Logs => self.add_notes(model, viewport, items),
            SubLane::Regions(depth) => {
                let of_depth = self.regions.iter().filter(|piece| piece.depth == depth);
                items.extend(of_depth.map(|piece| item_of_region(lane, piece)));
            }
            SubLane::Stacks(depth) => {
                let boxes = self.samples.iter().flat_map(|samples| model.lanes().stack_boxes(samples, depth));
                let is_seen =
                    |start: Time, end: Time| end >= viewport.range.start && start < viewport.range.end;
                let boxes = boxes.filter(|found| is_seen(found.start, found.end));
                items.extend(boxes.map(|found| LaneItem {
                    lane,
                    start: found.start,
                    end: found.end,
                    kind: ItemKind::Stack {
                        row: found.row,
                        count: found.count,
                        function: found.function,
                        depth,
                    },
                }));
            }
            SubLane::Nothing => {}
        }
    }

    /// Logs, each with the time until the next.
    fn add_notes(&self, model: &TraceModel, viewport: &Viewport, items: &mut Vec<LaneItem>) {
        let Lane::Goroutine(id) = self.lane else { return };
        let marks = model.lanes().log_marks(id, &viewport.grid_of_width(NOTE_DISTANCE));
        for (at, mark) in marks.iter().enumerate() {
            let end = marks.get(at + 1).map_or(Time::MAX, |next| next.time);
            let kind = ItemKind::Note(mark.row, mark.count);
            items.push(LaneItem { lane: self.lane, start: mark.time, end, kind });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_come_first_then_regions_then_stacks() {
        let subs = SubLanes { has_logs: true, region_levels: 2, stack_levels: 2 };
        let rows: Vec<SubLane> = (0..subs.len()).map(|row| subs.at(row)).collect();
        let expected =
            [SubLane::Logs, SubLane::Regions(0), SubLane::Regions(1), SubLane::Stacks(0), SubLane::Stacks(1)];
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_has_nothing_to_show_has_a_row_that_says_so() {
        let subs = SubLanes::default();
        assert!(subs.is_empty());
        assert_eq!((subs.len(), subs.at(0)), (1, SubLane::Nothing));
    }
}
