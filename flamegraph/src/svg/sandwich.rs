//! A sandwich as a file: the callers of a function above it, what it calls below, all in one scale.
//!
//! inferno draws one tree from one root, so this picture is drawn from our own layout. It has no script: a zoom into
//! one half would say nothing of the other. A box tells its values to the pointer.

use std::io::{self, Write};

use goscope_analysis::profile::call_tree::{CallTree, NodeId};
use goscope_analysis::profile::diff::DiffTree;

use super::diff_look::DiffLook;
use super::interactive_svg::{Look, escaped, fitting_label, shown_text, write_empty, write_head};
use super::options::SvgOptions;
use super::picture::{FONT_SIZE, FRAME_HEIGHT, MARGIN_PX, Picture, width_px};
use super::tree_look::TreeLook;
use crate::flame_tree::{DiffWidth, FlameTree, Weights, has_mixed_signs, largest_change};
use crate::layout::{BoxKind, FlameBox, Viewport, visible_boxes};
use crate::palette::text_on;

/// Height of title and line under it.
const HEAD_PX: usize = 5 * FONT_SIZE;

/// Writes the callers and callees of one function, the two trees of `analysis::profile::sandwich`. The function is as
/// wide as the picture. Where values have both signs, each half is as wide as its own magnitudes.
pub fn write_sandwich_svg(
    (callers, callees): (&CallTree, &CallTree),
    options: &SvgOptions,
    mut out: impl Write,
) -> io::Result<()> {
    let sum = callees.cum[0];
    let total = options.total.unwrap_or(sum);
    let half = |tree| {
        let look = TreeLook::new(tree, total, options);
        let boxes = if has_mixed_signs(&tree.flat) {
            boxes_of(&Weights::of_magnitudes(tree).on(tree), options)
        } else {
            boxes_of(tree, options)
        };
        Half { look: Box::new(move |node| look.look(node)), boxes }
    };
    let facts = vec![TreeLook::new(callees, total, options).sum_text(sum)];
    write_halves([half(callers), half(callees)], &Picture { options, facts }, &mut out)
}

/// Writes the same of two sides, in the colors and widths of [`super::write_diff_svg`]. `totals`: what is 100 % of each.
pub fn write_diff_sandwich_svg(
    (callers, callees): (&DiffTree, &DiffTree),
    (totals, width): ((i64, i64), DiffWidth),
    options: &SvgOptions,
    mut out: impl Write,
) -> io::Result<()> {
    let largest = largest_change(callers).max(largest_change(callees));
    let halves = [callers, callees].map(|tree| {
        let boxes = boxes_of(&Weights::of_diff(tree, width).on(tree), options);
        let look = DiffLook::new(tree, largest, options).of_totals(totals);
        Half { look: Box::new(move |node| look.look(node, true)), boxes }
    });
    let facts = DiffLook::new(callees, largest, options).facts(width);
    write_halves(halves, &Picture { options, facts }, &mut out)
}

fn write_halves([upper, lower]: [Half<'_>; 2], picture: &Picture<'_>, mut out: impl Write) -> io::Result<()> {
    let options = picture.options;
    if lower.boxes.is_empty() {
        return write_empty(picture, out);
    }
    let (n_above, n_below) = (upper.n_rows(), lower.n_rows());
    let height = HEAD_PX + (n_above + n_below) * FRAME_HEIGHT + FONT_SIZE;
    writeln!(out, "<?xml version=\"1.0\" standalone=\"no\"?>")?;
    write_head(picture, height, &mut out)?;
    writeln!(out, "<g id=\"frames\" font-size=\"{FONT_SIZE}\">")?;
    for placed in &upper.boxes {
        let row = n_above - placed.row as usize;
        write_box((upper.look)(placed.node), placed, HEAD_PX + row * FRAME_HEIGHT, options, &mut out)?;
    }
    for placed in &lower.boxes {
        let row = n_above + placed.row as usize - 1;
        write_box((lower.look)(placed.node), placed, HEAD_PX + row * FRAME_HEIGHT, options, &mut out)?;
    }
    writeln!(out, "</g>\n</svg>")?;
    out.flush()
}

/// One of the two trees, laid out without its root.
struct Half<'a> {
    look: Box<dyn Fn(NodeId) -> Look + 'a>,
    boxes: Vec<FlameBox>,
}

impl Half<'_> {
    fn n_rows(&self) -> usize {
        self.boxes.last().map_or(0, |placed| placed.row as usize)
    }
}

/// The boxes that are wide enough, without the root.
fn boxes_of(widths: &dyn FlameTree, options: &SvgOptions) -> Vec<FlameBox> {
    let width_px = frames_width_px(options);
    let min_box_px = width_px * options.min_width_percent.clamp(0.0, 100.0) / 100.0;
    let viewport = Viewport { rows: 1..u32::MAX, min_box_px, ..Viewport::zoomed_to(NodeId::ROOT, width_px) };
    let mut boxes = visible_boxes(widths, &viewport);
    boxes.retain(|placed| placed.kind == BoxKind::Node);
    boxes
}

fn frames_width_px(options: &SvgOptions) -> f64 {
    f64::from(width_px(options) - 2 * MARGIN_PX)
}

fn write_box(
    look: Look,
    placed: &FlameBox,
    top: usize,
    options: &SvgOptions,
    out: &mut impl Write,
) -> io::Result<()> {
    let Look { name, facts, fill } = look;
    let left = f64::from(MARGIN_PX) + placed.x0 * frames_width_px(options);
    let width = (placed.x1 - placed.x0) * frames_width_px(options);
    let name = shown_text(&name);
    let label = fitting_label(&name, width);
    let (text_left, text_top) = (left + 3.0, top + FRAME_HEIGHT - 5);
    writeln!(
        out,
        "<g><title>{} ({facts})</title><rect x=\"{left:.2}\" y=\"{top}\" width=\"{width:.2}\" height=\"{}\" fill=\"{fill}\"/><text x=\"{text_left:.2}\" y=\"{text_top}\" fill=\"{}\">{}</text></g>",
        escaped(&name),
        FRAME_HEIGHT - 1,
        text_on(fill),
        escaped(&label),
    )
}

#[cfg(test)]
mod tests {
    use goscope_analysis::profile::diff::{DiffScale, compare};
    use goscope_analysis::profile::direction::Direction;
    use goscope_analysis::profile::frame::Frame;
    use goscope_analysis::profile::query::StackQuery;
    use goscope_analysis::profile::sandwich::{diff_half, half};
    use goscope_analysis::profile::stacks::select;
    use goscope_analysis::testing::profile;

    use super::*;

    /// Top, left, width, name and values of every box.
    fn boxes(text: &str) -> String {
        let profile = profile(text);
        let stacks = select(&profile, &StackQuery::default()).expect("no filters");
        let frame = Frame { name: "f".to_owned(), ..Frame::default() };
        let [callers, callees] = [Direction::Inverted, Direction::TopDown]
            .map(|direction| half(&stacks, &frame, direction).expect("f is there"));
        let options =
            SvgOptions { width_px: Some(120), total: Some(stacks.total()), ..SvgOptions::default() };
        let mut svg = Vec::new();
        write_sandwich_svg((&callers, &callees), &options, &mut svg).expect("a picture");
        let svg = String::from_utf8(svg).expect("text");
        let value = |line: &str, name: &str| {
            line.split_once(&format!(" {name}=\"")).expect(name).1.split('"').next().expect(name).to_owned()
        };
        let line = |line: &str| {
            let title = line.split(['>', '<']).nth(4).expect("a title");
            format!("{} {}+{} {title}", value(line, "y"), value(line, "x"), value(line, "width"))
        };
        svg.lines().filter(|line| line.starts_with("<g><title>")).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn callers_stand_on_the_function_and_callees_hang_below() {
        insta::assert_snapshot!(boxes("main;serve;f;a;x 5\nmain;serve;f;b 2\ninit;f;a 1\nmain;g 2"), @r"
        78 10.00+87.50 serve (7, 70.00%)
        78 97.50+12.50 init (1, 10.00%)
        60 10.00+87.50 main (7, 70.00%)
        96 10.00+100.00 f (8, 80.00%)
        114 10.00+75.00 a (6, 60.00%; flat 1, 10.00%)
        114 85.00+25.00 b (2, 20.00%)
        132 10.00+62.50 x (5, 50.00%)
        ");
    }

    #[test]
    fn of_two_sides_each_box_has_both_and_the_color_of_its_change() {
        let [base, head] =
            ["main;serve;f;a 5\nmain;f;b 2\nmain;g 3", "main;serve;f;a 9\nmain;f;c 2\nmain;g 9"].map(profile);
        let select = |profile| select(profile, &StackQuery::default()).expect("no filters");
        let (base, head) = ([select(&base)], [select(&head)]);
        let comparison = compare(&base, &head, DiffScale::default()).expect("one unit");
        let frame = Frame { name: "f".to_owned(), ..Frame::default() };
        let [callers, callees] = [Direction::Inverted, Direction::TopDown]
            .map(|direction| diff_half(&comparison, &frame, direction).expect("f is there"));
        let options = SvgOptions { width_px: Some(120), ..SvgOptions::default() };
        let mut svg = Vec::new();
        let of = (comparison.totals(), DiffWidth::default());
        write_diff_sandwich_svg((&callers, &callees), of, &options, &mut svg).expect("a picture");
        let svg = String::from_utf8(svg).expect("text");
        let shown = |line: &str| {
            let title = line.split(['>', '<']).nth(4).expect("a title").to_owned();
            let fill = line.split("fill=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a color");
            format!("{fill} {title}")
        };
        let boxes = svg.lines().filter(|line| line.starts_with("<g><title>")).map(shown);
        insta::assert_snapshot!(boxes.collect::<Vec<_>>().join("\n"), @r"
        #f5935c serve (base 5 50.00%, head 9 45.00%, +4 +80.0%)
        #e2e4e7 main (base 2 20.00%, head 2 10.00%, unchanged)
        #f5935c main (base 5 50.00%, head 9 45.00%, +4 +80.0%)
        #f5935c f (base 7 70.00%, head 11 55.00%, +4 +57.1%)
        #f5935c a (base 5 50.00%, head 9 45.00%, +4 +80.0%)
        #a8c9ec b (base 2 20.00%, head 0 0%, gone)
        #efbda4 c (base 0 0%, head 2 10.00%, new)
        ");
        assert!(svg.contains("base 7 → head 11, +4 +57.1%"), "{svg}");
    }

    #[test]
    fn a_function_without_a_value_is_nothing_to_draw() {
        insta::assert_snapshot!(boxes("main;f 0"), @"");
    }
}
