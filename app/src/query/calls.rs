//! The callers and callees of a function on both sides of a comparison.

use goscope_analysis::profile::diff::{DiffScale, compare};
use goscope_analysis::profile::diff_peek::{DiffPeek, diff_peek};
use goscope_analysis::profile::frame::Frame;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::smallest_value;

/// The callers and callees of a frame on both sides, all runs added up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallsQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// How to compare the sides.
    pub scale: DiffScale,
    /// The frame.
    pub frame: Frame,
}

/// A frame between its callers and callees, on both sides.
#[derive(Debug)]
pub struct Calls {
    /// The values.
    pub peek: DiffPeek,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print all values in.
    pub shown_unit: String,
}

impl Question for CallsQuery {
    type Answer = Calls;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Calls, QuestionError> {
        let (base, head) = documents.stacks_of_sides(&self.stacks)?;
        let comparison = compare(&base, &head, self.scale)?;
        let peek = diff_peek(&comparison, &self.frame);
        let calls = peek.callers.iter().chain(&peek.callees).map(|call| call.value);
        let values = calls.chain([peek.flat, peek.cum]).map(|value| (value.base, value.head));
        let (total, head_total) = comparison.totals();
        let shown_unit = common_unit(smallest_value(values), total.max(head_total), comparison.unit());
        Ok(Calls { peek, unit: comparison.unit().to_owned(), shown_unit })
    }
}
