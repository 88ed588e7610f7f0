//! The call tree of one profile as far as a picture with a least width of boxes shows it.

use goscope_analysis::profile::call_tree::wide_tree;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::query::StackQuery;

use super::call_tree::{TreeFacts, facts};
use super::documents::Documents;
use super::question::{Question, QuestionError};

/// Asks for the nodes that have a share of the whole, and their children.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WideTreeQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The end of the stacks at the root.
    pub direction: Direction,
    /// The share.
    pub min_share: Percent,
}

/// A share of the whole. Equal if its bits are, so that a question can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Percent(u64);

impl From<f64> for Percent {
    fn from(percent: f64) -> Self {
        Self(percent.to_bits())
    }
}

impl Question for WideTreeQuery {
    type Answer = TreeFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<TreeFacts, QuestionError> {
        let stacks = documents.stacks(&self.stacks)?;
        let tree = wide_tree(&stacks, self.direction, f64::from_bits(self.min_share.0));
        Ok(facts(tree, self.direction, &stacks))
    }
}
