//! The call tree of one profile or of two, with everything needed to draw it.

use std::ops::Deref;
use std::sync::Arc;

use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::diff::{DiffScale, DiffTree};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;
use goscope_analysis::verdict::profiles::compared_name;
use goscope_flamegraph::flame_tree::{
    DepthTable, DiffWidth, FlameTree, Weights, change_part, has_mixed_signs, largest_change,
};
use goscope_flamegraph::palette::{FrameColors, Rgb, Theme};

use super::call_tree::{CallTreeQuery, TreeFacts, TreeKind};
use super::documents::Documents;
use super::judged::{Judged, JudgedQuery, changed_functions};
use super::question::{Question, QuestionError};
use super::values::smallest_value;

use crate::text::ValueText;

/// Asks for a call tree that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TreeQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The end of the stacks at the root.
    pub direction: Direction,
    /// The function whose half of a sandwich this is; `None` for whole stacks.
    pub around: Option<Frame>,
    /// `None` for one profile; how to compare for two.
    pub diff: Option<DiffScale>,
    /// The verdict whose significant changes are colored; `None` colors all.
    pub judged: Option<JudgedQuery>,
}

/// A call tree, ready to be drawn.
#[derive(Debug)]
pub struct Tree {
    /// The tree itself.
    pub facts: Arc<TreeFacts>,
    /// The widths of boxes, if values have both signs and cannot be widths.
    pub weights: Option<Weights>,
    /// How many levels lie below each node.
    pub depths: DepthTable,
    /// The color of each frame, on light and on dark ground.
    pub colors: ThemeColors,
    /// The unit to print all values in.
    pub shown_unit: String,
    /// What of a comparison is colored.
    changes: Changes,
}

/// What of a comparison is colored, and how strongly.
#[derive(Debug, Default)]
struct Changes {
    /// The largest change of a box.
    largest: u64,
    /// By frame, whether a verdict calls its change significant; empty if there is none.
    is_significant: Vec<bool>,
}

impl Changes {
    fn of(tree: &DiffTree, judged: Option<&Judged>) -> Self {
        let is_significant = judged.map_or_else(Vec::new, |judged| {
            let names = changed_functions(&judged.verdict);
            tree.frames.iter().map(|(_, frame)| names.contains(&*compared_name(&frame.name))).collect()
        });
        Self { largest: largest_change(tree), is_significant }
    }
}

impl Deref for Tree {
    type Target = TreeFacts;

    fn deref(&self) -> &TreeFacts {
        &self.facts
    }
}

impl Question for TreeQuery {
    type Answer = Tree;
    type Input = (CallTreeQuery, Option<JudgedQuery>);

    fn input(&self) -> Self::Input {
        let Self { stacks, direction, around, diff, judged } = self.clone();
        (CallTreeQuery { stacks, direction, around, diff }, judged)
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        (facts, judged): (Arc<TreeFacts>, Option<Arc<Judged>>),
    ) -> Result<Tree, QuestionError> {
        let changes = match &facts.kind {
            TreeKind::Single(_) => Changes::default(),
            TreeKind::Diff(tree) => Changes::of(tree, judged.as_deref()),
        };
        let (weights, smallest) = match &facts.kind {
            TreeKind::Single(tree) => {
                let weights = has_mixed_signs(&tree.flat).then(|| Weights::of_magnitudes(tree));
                (weights, smallest_value(tree.flat.iter().map(|&flat| (flat, 0))))
            }
            TreeKind::Diff(tree) => {
                // Where one side alone has both signs, |base| + |head| of a caller can be less than that of its callees.
                let is_mixed = has_mixed_signs(&tree.base_flat) || has_mixed_signs(&tree.head_flat);
                let weights = is_mixed.then(|| Weights::of_diff(tree, DiffWidth::Both));
                let values = tree.base_flat.iter().chain(&tree.head_flat);
                (weights, smallest_value(values.map(|&flat| (flat, 0))))
            }
        };
        // One unit for all values of a profile; times of a trace lie too far apart for that.
        let is_of_trace = documents.first().is_ok_and(|document| document.family != document.id);
        let shown_unit =
            if is_of_trace { "auto".to_owned() } else { common_unit(smallest, facts.total, &facts.unit) };
        let (depths, colors) = (DepthTable::new(facts.shape()), ThemeColors::new(facts.frames()));
        Ok(Tree { facts, weights, depths, colors, shown_unit, changes })
    }
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

impl Tree {
    /// Calls `draw` with the tree and its widths.
    pub fn with_widths<R>(&self, draw: impl FnOnce(&dyn FlameTree) -> R) -> R {
        match (&self.kind, &self.weights) {
            (TreeKind::Single(tree), None) => draw(tree),
            (TreeKind::Single(tree), Some(weights)) => draw(&weights.on(tree)),
            (TreeKind::Diff(tree), None) => draw(tree),
            (TreeKind::Diff(tree), Some(weights)) => draw(&weights.on(tree)),
        }
    }

    /// How much a box of a comparison adds to the change: its part of the largest one, −1 … 1; 0 where that may be chance.
    pub fn change_part(&self, node: NodeId) -> f64 {
        let TreeKind::Diff(tree) = &self.kind else { return 0.0 };
        let Changes { largest, is_significant } = &self.changes;
        let frame = tree.shape.frame(node);
        let is_colored = frame.is_none_or(|frame| is_significant.get(frame.index()).copied().unwrap_or(true));
        if is_colored { change_part(tree, node, *largest) } else { 0.0 }
    }

    /// How values are printed.
    pub fn format(&self) -> ValueText {
        ValueText::column(&self.unit, &self.shown_unit)
    }
}
