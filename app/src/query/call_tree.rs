//! The call tree of one profile or of two.

use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape, call_tree, inverted_tree};
use goscope_analysis::profile::diff::{DiffScale, DiffTree, compare, diff_tree, inverted_diff_tree};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::{Frame, FrameTable};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::sandwich::{diff_half, half};
use goscope_analysis::profile::stacks::Stacks;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::warnings_of_sides;

/// Asks for a call tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallTreeQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The end of the stacks at the root.
    pub direction: Direction,
    /// The function whose half of a sandwich this is, with its callees or inverted its callers; `None` for whole stacks.
    pub around: Option<Frame>,
    /// `None` for one profile; how to compare for two.
    pub diff: Option<DiffScale>,
}

/// A call tree with what its values are.
#[derive(Debug)]
pub struct TreeFacts {
    /// The tree itself.
    pub kind: TreeKind,
    /// The end of the stacks at its root.
    pub direction: Direction,
    /// Whether it is one half of a sandwich.
    pub is_half: bool,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
    /// The value that is 100 %; of the base in a diff.
    pub total: i64,
    /// The same of the head, in a diff.
    pub head_total: Option<i64>,
    /// Filters that matched nothing, one sentence each.
    pub warnings: Vec<String>,
}

/// A call tree of one profile or of two.
#[derive(Debug)]
pub enum TreeKind {
    /// Of one profile.
    Single(CallTree),
    /// Of two profiles.
    Diff(DiffTree),
}

impl Question for CallTreeQuery {
    type Answer = TreeFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TreeFacts, QuestionError> {
        match self.diff {
            None => single_tree(self, documents),
            Some(scale) => two_sided_tree(self, scale, documents),
        }
    }
}

fn single_tree(query: &CallTreeQuery, documents: Documents<'_>) -> Result<TreeFacts, QuestionError> {
    let stacks = documents.stacks(&query.stacks)?;
    let tree = match (&query.around, query.direction) {
        (Some(around), direction) => half(&stacks, around, direction).ok_or_else(|| not_held(around))?,
        (None, Direction::TopDown) => call_tree(&stacks),
        (None, Direction::Inverted) => inverted_tree(&stacks),
    };
    Ok(TreeFacts { is_half: query.around.is_some(), ..facts(tree, query.direction, &stacks) })
}

fn not_held(function: &Frame) -> QuestionError {
    QuestionError::NoSuchFunction(function.printable_name())
}

/// A tree of some stacks, with what its values are.
pub(super) fn facts(tree: CallTree, direction: Direction, stacks: &Stacks<'_>) -> TreeFacts {
    TreeFacts {
        kind: TreeKind::Single(tree),
        direction,
        is_half: false,
        sample_type: stacks.kind().to_owned(),
        unit: stacks.unit().to_owned(),
        total: stacks.total(),
        head_total: None,
        warnings: stacks.warnings().to_vec(),
    }
}

fn two_sided_tree(
    query: &CallTreeQuery,
    scale: DiffScale,
    documents: Documents<'_>,
) -> Result<TreeFacts, QuestionError> {
    let (base, head) = documents.stacks_of_sides(&query.stacks)?;
    let comparison = compare(&base, &head, scale)?;
    let tree = match (&query.around, query.direction) {
        (Some(around), direction) => {
            diff_half(&comparison, around, direction).ok_or_else(|| not_held(around))?
        }
        (None, Direction::TopDown) => diff_tree(&comparison),
        (None, Direction::Inverted) => inverted_diff_tree(&comparison),
    };
    let (total, head_total) = comparison.totals();
    Ok(TreeFacts {
        kind: TreeKind::Diff(tree),
        direction: query.direction,
        is_half: query.around.is_some(),
        sample_type: base.first().map(|stacks| stacks.kind().to_owned()).unwrap_or_default(),
        unit: comparison.unit().to_owned(),
        total,
        head_total: Some(head_total),
        warnings: warnings_of_sides(&base, &head),
    })
}

impl TreeFacts {
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

    /// Whether a node and the one above it are the same: the function of a sandwich, on top of its callees.
    pub fn is_around(&self, node: NodeId, parent: NodeId) -> bool {
        self.is_half && self.direction == Direction::TopDown && parent == NodeId::ROOT && node != parent
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
