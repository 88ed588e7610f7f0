//! One function between its callers and its callees, as somebody names it. The window, which knows the function, asks for
//! the two halves as trees.

use goscope_analysis::profile::call_tree::CallTree;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Frame;
use goscope_analysis::profile::function_name::named_frame;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::sandwich::half;

use super::documents::Documents;
use super::question::{Question, QuestionError};

/// Asks for the callers and callees of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SandwichQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The function: its name, or a regular expression that matches no other.
    pub function: String,
}

/// A function between its callers and its callees.
#[derive(Debug)]
pub struct Sandwich {
    /// The function.
    pub frame: Frame,
    /// Its callers; the root stands for the function.
    pub callers: CallTree,
    /// Its callees; the one child of the root is the function.
    pub callees: CallTree,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
    /// The value that is 100 %.
    pub total: i64,
    /// Filters that matched nothing, one sentence each.
    pub warnings: Vec<String>,
}

impl Question for SandwichQuery {
    type Answer = Sandwich;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Sandwich, QuestionError> {
        let stacks = documents.stacks(&self.stacks)?;
        let frame = stacks.frames().frame(named_frame(stacks.frames(), &self.function)?).clone();
        let tree = |direction| {
            half(&stacks, &frame, direction)
                .ok_or_else(|| QuestionError::NoSuchFunction(frame.printable_name()))
        };
        Ok(Sandwich {
            callers: tree(Direction::Inverted)?,
            callees: tree(Direction::TopDown)?,
            sample_type: stacks.kind().to_owned(),
            unit: stacks.unit().to_owned(),
            total: stacks.total(),
            warnings: stacks.warnings().to_vec(),
            frame,
        })
    }
}
