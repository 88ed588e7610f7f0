//! What the boxes of a call tree show: name, values and color.

use std::io;

use goscope_analysis::profile::call_tree::{CallTree, NodeId};
use goscope_analysis::value::{self, ValueFormat};
use inferno::flamegraph::color::{Color, PaletteMap};
use inferno::flamegraph::{Options, Palette};

use super::interactive_svg::Look;
use super::options::{SvgColors, SvgOptions};
use crate::flame_tree::FlameTree;
use crate::folded::folded_name;
use crate::palette::{FrameColors, Rgb};

/// What the boxes of a call tree show.
pub(super) struct TreeLook<'a> {
    tree: &'a CallTree,
    /// The value that is 100 %.
    total: i64,
    format: ValueFormat,
    /// By frame.
    colors: Vec<Rgb>,
    options: &'a SvgOptions,
}

impl<'a> TreeLook<'a> {
    pub(super) fn new(tree: &'a CallTree, total: i64, options: &'a SvgOptions) -> Self {
        let colors = tree_colors(tree, options);
        Self { tree, total, format: ValueFormat::auto(&options.unit), colors, options }
    }

    /// What a box shows.
    pub(super) fn look(&self, node: NodeId) -> Look {
        let Self { tree, total, format, .. } = self;
        let (flat, cum) = (tree.flat[node.index()], tree.cum[node.index()]);
        let mut facts = format!("{}, {}", format.text(cum), share(cum, *total));
        if flat != 0 && flat != cum {
            facts += &format!("; flat {}, {}", format.text(flat), share(flat, *total));
        }
        let frame = tree.shape.frame(node);
        let fill = frame.map_or(self.options.theme.root(), |frame| self.colors[frame.index()]);
        Look { name: name_of(*tree, node), facts, fill }
    }

    /// What the picture is of.
    pub(super) fn sum_text(&self, sum: i64) -> String {
        let Self { total, format, options, .. } = self;
        if options.total.is_some() && sum != *total {
            return format!("{} of {}, {}", format.text(sum), format.text(*total), share(sum, *total));
        }
        format!("{} in total", format.text(sum))
    }
}

/// The name of a node.
pub(super) fn name_of(tree: &impl FlameTree, node: NodeId) -> String {
    let frame = tree.shape().frame(node);
    frame.map_or_else(|| "all".to_owned(), |frame| tree.frames().frame(frame).printable_name())
}

/// A value as a share of another one.
pub(super) fn share(value: i64, total: i64) -> String {
    value::percentage(value, total).trim().to_owned()
}

/// The color of each frame.
fn tree_colors(tree: &CallTree, options: &SvgOptions) -> Vec<Rgb> {
    match options.colors {
        SvgColors::Package => {
            let colors = FrameColors::new(&tree.frames, options.theme);
            tree.frames.iter().map(|(frame, _)| colors.color(frame)).collect()
        }
        SvgColors::Inferno(palette) => inferno_colors(tree, palette),
    }
}

/// inferno tells its colors only by drawing, so it draws every name once into nothing and fills its palette map.
fn inferno_colors(tree: &CallTree, palette: Palette) -> Vec<Rgb> {
    let names: Vec<String> =
        tree.frames.iter().map(|(_, frame)| folded_name(&frame.printable_name())).collect();
    let lines: Vec<String> = names.iter().map(|name| format!("{name} 1")).collect();
    let mut map = PaletteMap::default();
    let mut options = Options::default();
    options.colors = palette;
    options.hash = true;
    options.flame_chart = true;
    options.min_width = 0.0;
    options.palette_map = Some(&mut map);
    // An empty tree has no frames, which inferno calls an error; then there is nothing to color either.
    let _ = inferno::flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), io::sink());
    let grey = Color { r: 200, g: 200, b: 200 };
    names.iter().map(|name| map.get(name).unwrap_or(grey)).map(|Color { r, g, b }| Rgb { r, g, b }).collect()
}
