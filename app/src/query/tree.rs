//! The call tree of one profile or of two, with everything needed to draw it.

use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape, call_tree, inverted_tree};
use goscope_analysis::profile::diff::{DiffScale, DiffTree, compare, diff_tree, inverted_diff_tree};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::Stacks;
use goscope_analysis::value::{ValueFormat, common_unit};
use goscope_flamegraph::flame_tree::{DepthTable, FlameTree, Weights, has_mixed_signs};
use goscope_flamegraph::palette::{FrameColors, Rgb, Theme};

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::{smallest_value, warnings_of_sides};

/// Asks for a call tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TreeQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The end of the stacks at the root.
    pub direction: Direction,
    /// `None` for one profile; how to compare for two.
    pub diff: Option<DiffScale>,
}

impl Question for TreeQuery {
    type Answer = Tree;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Tree, QuestionError> {
        match self.diff {
            None => single_tree(self, documents),
            Some(scale) => two_sided_tree(self, scale, documents),
        }
    }
}

/// A call tree, ready to be drawn.
#[derive(Debug)]
pub struct Tree {
    /// The tree itself.
    pub kind: TreeKind,
    /// The end of the stacks at its root.
    pub direction: Direction,
    /// The widths of boxes, if values have both signs and cannot be widths.
    pub weights: Option<Weights>,
    /// How many levels lie below each node.
    pub depths: DepthTable,
    /// The color of each frame, on light and on dark ground.
    pub colors: ThemeColors,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print all values in.
    pub shown_unit: String,
    /// The value that is 100 %; of the base in a diff.
    pub total: i64,
    /// The same of the head, in a diff.
    pub head_total: Option<i64>,
    /// Filters that matched nothing, one sentence each.
    pub warnings: Vec<String>,
}

/// The color of each frame in both themes: hashed once, so that switching the theme costs nothing.
#[derive(Debug)]
pub struct ThemeColors {
    light: FrameColors,
    dark: FrameColors,
}

impl ThemeColors {
    fn new(frames: &FrameTable) -> Self {
        Self { light: FrameColors::new(frames, Theme::Light), dark: FrameColors::new(frames, Theme::Dark) }
    }

    /// The color of a frame.
    pub fn color(&self, frame: FrameId, theme: Theme) -> Rgb {
        match theme {
            Theme::Light => self.light.color(frame),
            Theme::Dark => self.dark.color(frame),
        }
    }
}

/// A call tree of one profile or of two.
#[derive(Debug)]
pub enum TreeKind {
    /// Of one profile.
    Single(CallTree),
    /// Of two profiles.
    Diff(DiffTree),
}

impl Tree {
    /// The shape of the tree.
    pub fn shape(&self) -> &TreeShape {
        match &self.kind {
            TreeKind::Single(tree) => &tree.shape,
            TreeKind::Diff(tree) => &tree.shape,
        }
    }

    /// The frames that ids refer to.
    pub fn frames(&self) -> &FrameTable {
        match &self.kind {
            TreeKind::Single(tree) => &tree.frames,
            TreeKind::Diff(tree) => &tree.frames,
        }
    }

    /// Calls `draw` with the tree and its widths.
    pub fn with_widths<R>(&self, draw: impl FnOnce(&dyn FlameTree) -> R) -> R {
        match (&self.kind, &self.weights) {
            (TreeKind::Single(tree), None) => draw(tree),
            (TreeKind::Single(tree), Some(weights)) => draw(&weights.on(tree)),
            (TreeKind::Diff(tree), None) => draw(tree),
            (TreeKind::Diff(tree), Some(weights)) => draw(&weights.on(tree)),
        }
    }

    /// Own value of a node; of the head in a diff.
    pub fn flat(&self, node: NodeId) -> i64 {
        match &self.kind {
            TreeKind::Single(tree) => tree.flat[node.index()],
            TreeKind::Diff(tree) => tree.head_flat[node.index()],
        }
    }

    /// Cumulative value of a node; of the head in a diff.
    pub fn cum(&self, node: NodeId) -> i64 {
        match &self.kind {
            TreeKind::Single(tree) => tree.cum[node.index()],
            TreeKind::Diff(tree) => tree.head_cum[node.index()],
        }
    }

    /// Own and cumulative value of the base, if this is a diff.
    pub fn base(&self, node: NodeId) -> Option<(i64, i64)> {
        match &self.kind {
            TreeKind::Single(_) => None,
            TreeKind::Diff(tree) => Some((tree.base_flat[node.index()], tree.base_cum[node.index()])),
        }
    }

    /// How values are printed.
    pub fn format(&self) -> ValueFormat {
        ValueFormat::fixed(&self.unit, &self.shown_unit)
    }

    /// The frame of a node; `None` for the root.
    pub fn frame(&self, node: NodeId) -> Option<&Frame> {
        self.shape().frame(node).map(|frame| self.frames().frame(frame))
    }

    /// The name of a node.
    pub fn title(&self, node: NodeId) -> String {
        self.frame(node).map_or_else(|| "all".to_owned(), Frame::printable_name)
    }
}

fn single_tree(query: &TreeQuery, documents: Documents<'_>) -> Result<Tree, QuestionError> {
    let stacks = documents.stacks(&query.stacks)?;
    let tree = match query.direction {
        Direction::TopDown => call_tree(&stacks),
        Direction::Inverted => inverted_tree(&stacks),
    };
    let weights = has_mixed_signs(&tree.flat).then(|| Weights::of_magnitudes(&tree));
    let smallest = smallest_value(tree.flat.iter().map(|&flat| (flat, 0)));
    Ok(Tree {
        shown_unit: shown_unit(smallest, &stacks, documents),
        depths: DepthTable::new(&tree.shape),
        colors: ThemeColors::new(&tree.frames),
        weights,
        sample_type: stacks.kind().to_owned(),
        unit: stacks.unit().to_owned(),
        total: stacks.total(),
        head_total: None,
        warnings: stacks.warnings().to_vec(),
        direction: query.direction,
        kind: TreeKind::Single(tree),
    })
}

/// One unit for all values of a profile; times of a trace differ too much for that.
fn shown_unit(smallest: i64, stacks: &Stacks<'_>, documents: Documents<'_>) -> String {
    let is_of_trace = documents.first().is_ok_and(|document| document.family != document.id);
    if is_of_trace { "auto".to_owned() } else { common_unit(smallest, stacks.total(), stacks.unit()) }
}

fn two_sided_tree(
    query: &TreeQuery,
    scale: DiffScale,
    documents: Documents<'_>,
) -> Result<Tree, QuestionError> {
    let (base, head) = documents.stacks_of_sides(&query.stacks)?;
    let comparison = compare(&base, &head, scale)?;
    let (total, head_total) = comparison.totals();
    let tree = match query.direction {
        Direction::TopDown => diff_tree(&comparison),
        Direction::Inverted => inverted_diff_tree(&comparison),
    };
    // Where one side alone has both signs, |base| + |head| of a caller can be less than that of its callees.
    let is_mixed = has_mixed_signs(&tree.base_flat) || has_mixed_signs(&tree.head_flat);
    let weights = is_mixed.then(|| Weights::of_diff(&tree, goscope_flamegraph::flame_tree::DiffWidth::Both));
    let smallest = smallest_value(tree.base_flat.iter().chain(&tree.head_flat).map(|&flat| (flat, 0)));
    Ok(Tree {
        shown_unit: common_unit(smallest, total, comparison.unit()),
        depths: DepthTable::new(&tree.shape),
        colors: ThemeColors::new(&tree.frames),
        weights,
        sample_type: base.first().map(|stacks| stacks.kind().to_owned()).unwrap_or_default(),
        unit: comparison.unit().to_owned(),
        total,
        head_total: Some(head_total),
        warnings: warnings_of_sides(&base, &head),
        direction: query.direction,
        kind: TreeKind::Diff(tree),
    })
}
