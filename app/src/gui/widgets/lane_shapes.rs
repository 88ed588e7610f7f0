//! What lanes are drawn from: rows and spans that are placed and colored already, and only those that are seen.

use std::sync::Arc;

use eframe::egui::Color32;

use super::lane_arrows::LaneArrow;
use super::time_axis::TimeScale;

/// One row: a lane, what is below an unfolded one, or the name of a group of lanes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneRow {
    /// What stands left of it.
    pub label: Arc<str>,
    /// What stands behind that, in quiet letters.
    pub detail: Arc<str>,
    /// What is said where there is nothing to draw.
    pub note: Arc<str>,
    /// What kind of row it is.
    pub kind: RowStyle,
    /// Whether it is chosen.
    pub is_selected: bool,
    /// Whether it fits what is looked for.
    pub fit: Fit,
}

/// What kind of row it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowStyle {
    /// The name of a group that can be opened and closed.
    Group(GroupState),
    /// A lane outside of groups.
    #[default]
    Fixed,
    /// A lane, and whether it is unfolded; `None` if there is nothing to show below it.
    Lane(Option<GroupState>),
    /// A row below an unfolded lane.
    Sub,
}

impl RowStyle {
    /// Where its label begins, in points from the left.
    pub(super) const fn label_x(self) -> f32 {
        match self {
            Self::Group(_) | Self::Fixed => 8.0,
            Self::Lane(_) => 32.0,
            Self::Sub => 44.0,
        }
    }
}

/// Whether a row fits what is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Yes, or nothing is looked for.
    #[default]
    Fits,
    /// No: its name is written faintly.
    Dimmed,
}

/// The parts that a sum of spans can have.
pub const N_SHARES: usize = 9;

/// A stretch of time that matters to all lanes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverlayRange {
    /// Left edge, in points from the left of the lanes.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
    /// Its color; it is laid over the lanes thinly.
    pub color: Color32,
}

/// Whether the lanes of a group are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// Yes.
    Open,
    /// No.
    Closed,
}

impl GroupState {
    /// The triangle in front of a name.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Open => "▾ ",
            Self::Closed => "▸ ",
        }
    }
}

/// A span, or several that are too narrow to be drawn alone.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneSpan {
    /// The row, counted from the first one that is seen.
    pub row: usize,
    /// Left edge, in points from the left of the lanes.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
    /// Its color, or those of what was merged.
    pub fill: SpanFill,
    /// What is written into it.
    pub text: Option<Arc<str>>,
    /// Whether it is drawn thin: a range, a region or a mark on top of a lane.
    pub style: SpanStyle,
}

/// The color of a span.
#[derive(Clone, Debug, PartialEq)]
pub enum SpanFill {
    /// One span, and the color of text on it.
    One(Color32, Color32),
    /// Several: parts of the height in 255ths, from the bottom up, in the colors of the palette.
    Mix {
        /// Part of the height by color.
        shares: [u8; N_SHARES],
        /// Which of them are dimmed, as bits.
        dimmed: u16,
    },
}

/// How a span is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanStyle {
    /// Over the height of the lane.
    Full,
    /// Along the lower edge, so many steps up: a region.
    Under(u8),
    /// From the lower edge up, so many 255ths of the height.
    Part(u8),
    /// Over the height of the lane but for a margin: what is inside of something else.
    Inset,
    /// A small mark at the top: a log.
    Mark,
    /// A tick at the bottom: a sample.
    Tick,
    /// Over all of a row below a lane, with a gap to its neighbors.
    Box,
}

/// What to draw.
#[derive(Clone, Copy)]
pub struct LanePicture<'a> {
    /// The rows that are seen.
    pub rows: &'a [LaneRow],
    /// How far the first row is scrolled out at the top, in points.
    pub row_offset: f32,
    /// Spans of these rows, row by row and from left to right.
    pub spans: &'a [LaneSpan],
    /// Arrows that are always there.
    pub arrows: &'a [LaneArrow],
    /// Those of a span, for while it is under the pointer.
    pub arrows_of: &'a dyn Fn(usize) -> Vec<LaneArrow>,
    /// What matters to all lanes.
    pub overlay: &'a [OverlayRange],
    /// The colors of the parts of sums: plain, and dimmed.
    pub palette: [[Color32; N_SHARES]; 2],
    /// The chosen span.
    pub selected: Option<usize>,
    /// Others that have to do with what is chosen.
    pub related: &'a [usize],
    /// Rows and spans that have a note.
    pub noted: (&'a [usize], &'a [usize]),
    /// The time that the lanes show.
    pub scale: TimeScale,
    /// What screen readers say of a span.
    pub describe: &'a dyn Fn(usize) -> String,
}
