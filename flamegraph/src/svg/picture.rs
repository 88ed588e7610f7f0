//! The picture around the boxes: its lines of text and its sizes.

use super::options::SvgOptions;

/// What is drawn around the boxes.
pub(super) struct Picture<'a> {
    pub(super) options: &'a SvgOptions,
    /// The parts of the line under the heading, after the user's own.
    pub(super) facts: Vec<String>,
}

impl Picture<'_> {
    pub(super) fn subtitle(&self) -> String {
        let parts = self.options.subtitle.iter().chain(&self.facts);
        parts.map(String::as_str).collect::<Vec<_>>().join(" · ")
    }
}

/// Height of a row.
pub(super) const FRAME_HEIGHT: usize = 18;
/// Size of letters.
pub(super) const FONT_SIZE: usize = 12;
/// Width of a letter as a share of its size: 0.6 in nearly every monospace font.
pub(super) const FONT_WIDTH: f64 = 0.6;
/// inferno's width before a browser makes it fluid.
const DEFAULT_WIDTH_PX: u32 = 1200;
/// inferno's margin left and right of the frames; narrower pictures have no room for any.
pub(super) const MARGIN_PX: u32 = 10;

/// The width before a browser makes the picture fluid.
pub(super) fn width_px(options: &SvgOptions) -> u32 {
    options.width_px.unwrap_or(DEFAULT_WIDTH_PX).max(4 * MARGIN_PX)
}
