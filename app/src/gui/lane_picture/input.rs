//! What the picture is made of and for: a trace, the time that is seen, the room, and what is chosen.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::Vec2;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::timeline::Grid;
use goscope_parsers::trace::Time;

use super::tile::{COLUMN_WIDTH, Level};
use crate::document::{DocumentId, TraceDocument};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::query::trace::group_areas::GroupAreas;
use crate::query::trace::selection::{LaneKind, TimeRange};

/// Columns of groups are at least so wide, in points.
const AREA_WIDTH: f64 = 3.0;

/// What is laid out.
#[derive(Clone, Copy)]
pub(crate) struct LayoutInput<'a> {
    pub(crate) trace: &'a TraceDocument,
    pub(crate) document: DocumentId,
    /// The time that is seen.
    pub(crate) range: TimeRange,
    /// The room in points, the names of the lanes included.
    pub(crate) size: Vec2,
    pub(crate) kind: LaneKind,
    /// What is chosen.
    pub(crate) selection: Option<&'a Item>,
    /// Whether GC cycles and pauses are laid over all lanes.
    pub(crate) has_overlay: bool,
    /// What the lanes of each group do together, as far as that is known by now.
    pub(crate) areas: Option<&'a Arc<GroupAreas>>,
}

impl LayoutInput<'_> {
    pub(crate) fn model(&self) -> &TraceModel {
        &self.trace.model
    }

    /// The columns on which groups are summed up: a little more than what is seen, so that a small step to the side
    /// needs no others.
    pub(crate) fn area_grid(&self) -> Grid {
        const MARGIN: i64 = 32;
        let grid = self.viewport().grid_of_width(AREA_WIDTH);
        let first = grid.first.div_euclid(MARGIN) * MARGIN;
        let end = (grid.first + i64::from(grid.len)).div_euclid(MARGIN) * MARGIN + MARGIN;
        Grid { first, len: u32::try_from(end - first).unwrap_or(grid.len), ..grid }
    }

    fn lanes_width(&self) -> f32 {
        (self.size.x - theme::LANE_LABEL_WIDTH).max(1.0)
    }

    pub(super) fn viewport(&self) -> Viewport {
        let origin = self.model().range().start;
        let range =
            origin.saturating_add(self.range.start_nanos)..origin.saturating_add(self.range.end_nanos);
        let nanos_per_point = self.range.length() as f64 / f64::from(self.lanes_width());
        Viewport { range, level: Level::new(nanos_per_point), nanos_per_point }
    }

    /// Where a moment is, in points from the left of the lanes.
    pub(crate) fn x_of(&self, time: i64) -> f32 {
        let since_start = time.saturating_sub(self.model().range().start);
        let part = (since_start - self.range.start_nanos) as f64 / self.range.length().max(1) as f64;
        let width = f64::from(self.lanes_width());
        // Far outside there is nothing to see, and floats would lose their grip.
        (part * width).clamp(-16.0, width + 16.0) as f32
    }
}

/// The time that is seen, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Viewport {
    /// From when to when.
    pub range: Range<Time>,
    /// Columns at this zoom.
    pub level: Level,
    /// Nanoseconds a point stands for.
    pub nanos_per_point: f64,
}

impl Viewport {
    pub(super) fn grid(&self) -> Grid {
        self.level.grid(&self.range)
    }

    /// Columns at least so wide, in points.
    pub(super) fn grid_of_width(&self, width: f64) -> Grid {
        Level::new(self.nanos_per_point * width / COLUMN_WIDTH).grid(&self.range)
    }
}
