//! Flame graphs as one self-contained, interactive SVG file, laid out and made interactive by inferno.
//!
//! inferno knows a box by its name and colors it by its name; a box of ours is a node, with values of its own. So
//! inferno is given a number for each node that is wide enough (`stacks`), and what it writes is dressed afterwards:
//! name, values and color of the node replace the number (`interactive_svg`). Pruning comes first, so the work is
//! in the boxes that are drawn. Same tree, same options, same bytes. No fonts, scripts or pictures from elsewhere.

mod diff_look;
mod interactive_svg;
mod options;
mod picture;
mod policy;
mod sandwich;
mod stacks;
mod tree_look;

use std::io::{self, Write};
use std::str::FromStr as _;

use goscope_analysis::profile::call_tree::{CallTree, NodeId};
use goscope_analysis::profile::diff::DiffTree;
use goscope_analysis::profile::frame::FrameId;
use inferno::flamegraph::color::{BackgroundColor, Color, SearchColor};
use inferno::flamegraph::{Direction, Options};

use crate::flame_tree::{DiffWidth, FlameTree, Weights, has_mixed_signs, largest_change};
use crate::layout::Orientation;
use crate::palette::Rgb;
use diff_look::DiffLook;
use interactive_svg::Look;
pub use options::{SvgColors, SvgOptions};
use picture::{FONT_SIZE, FONT_WIDTH, FRAME_HEIGHT, Picture, width_px};
pub use sandwich::{write_diff_sandwich_svg, write_sandwich_svg};
use tree_look::TreeLook;

/// Writes the flame graph of a call tree. A tree without any value gives a picture that says so.
///
/// Widths are |cum|, or the sum of magnitudes where values have both signs. Each box tells its name, cum, share of
/// the total and, if it has any, flat, in the unit that suits each number as pprof prints it.
pub fn write_svg(tree: &CallTree, options: &SvgOptions, out: impl Write) -> io::Result<()> {
    let weights = has_mixed_signs(&tree.flat).then(|| Weights::of_magnitudes(tree));
    let root_weight =
        weights.as_ref().map_or(tree.weight(NodeId::ROOT), |weights| weights.on(tree).weight(NodeId::ROOT));
    let total = options.total.unwrap_or(i64::try_from(root_weight).unwrap_or(i64::MAX));
    let boxes = TreeLook::new(tree, total, options);
    let look = |node: NodeId| boxes.look(node);
    let facts = vec![boxes.sum_text(tree.cum[0])];
    let picture = Picture { options, facts };
    match &weights {
        None => draw(tree, picture, look, out),
        Some(weights) => draw(&weights.on(tree), picture, look, out),
    }
}

/// Writes the differential flame graph of two profiles: blue where the head has less, orange where it has more, the
/// stronger the more a box adds to the change; grey where nothing changed.
///
/// With [`DiffWidth::Both`] a box is as wide as base and head together, so frames that vanished or are new are seen.
/// The other two draw one side as it is; what exists only on the other side has no box, and the subtitle says how
/// much that is.
pub fn write_diff_svg(
    tree: &DiffTree,
    width: DiffWidth,
    options: &SvgOptions,
    out: impl Write,
) -> io::Result<()> {
    write_diff_svg_of(tree, width, |_| true, options, out)
}

/// The same, where only the boxes of frames that `is_significant` names are colored: what may be chance stays grey.
pub fn write_diff_svg_of(
    tree: &DiffTree,
    width: DiffWidth,
    is_significant: impl Fn(FrameId) -> bool,
    options: &SvgOptions,
    out: impl Write,
) -> io::Result<()> {
    let boxes = DiffLook::new(tree, largest_change(tree), options);
    let look = |node: NodeId| boxes.look(node, tree.shape.frame(node).is_none_or(&is_significant));
    let picture = Picture { options, facts: boxes.facts(width) };
    if width == DiffWidth::Both && !has_mixed_signs(&tree.base_flat) && !has_mixed_signs(&tree.head_flat) {
        return draw(tree, picture, look, out);
    }
    draw(&Weights::of_diff(tree, width).on(tree), picture, look, out)
}

fn draw<T: FlameTree>(
    tree: &T,
    mut picture: Picture<'_>,
    look: impl Fn(NodeId) -> Look,
    mut out: impl Write,
) -> io::Result<()> {
    let options = picture.options;
    let total = tree.weight(NodeId::ROOT);
    if total == 0 {
        return interactive_svg::write_empty(&picture, out);
    }
    let min_weight = total as f64 * options.min_width_percent.max(0.0) / 100.0;
    let stacks = stacks::numbered_stacks(tree, min_weight);
    if stacks.is_pruned {
        picture.facts.push(format!("boxes under {}% left out", options.min_width_percent));
    }
    let mut bare = Vec::new();
    // In reverse, since inferno turns the lines of a flame chart around; any other mode would sort them by number.
    inferno::flamegraph::from_lines(&mut inferno_options(&picture), stacks.lines.lines().rev(), &mut bare)?;
    let bare = String::from_utf8(bare).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let look_of_number = |number: Option<usize>| match number {
        None => Some(look(NodeId::ROOT)),
        Some(number) => stacks.nodes.get(number).map(|&node| look(node)),
    };
    interactive_svg::write_dressed(&bare, &picture, look_of_number, &mut out)?;
    out.flush()
}

fn inferno_options(picture: &Picture<'_>) -> Options<'static> {
    let options = picture.options;
    let color = |rgb: Rgb| Color { r: rgb.r, g: rgb.g, b: rgb.b };
    let mut inferno = Options::default();
    inferno.title = interactive_svg::shown_text(&options.title);
    inferno.subtitle = Some(interactive_svg::shown_text(&picture.subtitle()));
    inferno.name_type = "Frame:".to_owned();
    inferno.notes = "drawn by goscope".to_owned();
    inferno.direction = match options.orientation {
        Orientation::Flame => Direction::Straight,
        Orientation::Icicle => Direction::Inverted,
    };
    inferno.bgcolors = Some(BackgroundColor::Flat(color(options.theme.ground())));
    inferno.uicolor = color(options.theme.text());
    inferno.search_color =
        SearchColor::from_str(&options.theme.search().to_string()).expect("`Rgb` prints as inferno reads it");
    inferno.image_width = options.width_px.is_some().then(|| width_px(options) as usize);
    inferno.frame_height = FRAME_HEIGHT;
    inferno.font_size = FONT_SIZE;
    inferno.font_width = FONT_WIDTH;
    // Pruned already; and as a "flame chart" inferno keeps the order of the lines.
    inferno.min_width = 0.0;
    inferno.flame_chart = true;
    // Without this, colors that are replaced anyway are drawn from a generator that goes on from call to call.
    inferno.hash = true;
    inferno
}

#[cfg(test)]
mod tests;
