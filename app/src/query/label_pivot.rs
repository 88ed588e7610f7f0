//! What each label accounts for, key by key.

use goscope_analysis::profile::label_pivot::{LabelPivot, label_pivot};
pub use goscope_analysis::profile::label_pivot::{PivotKey, PivotValue};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::smallest_value;

/// Asks what each label accounts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelPivotQuery {
    /// The stacks whose labels are meant.
    pub stacks: StackQuery,
}

/// What each label accounts for.
#[derive(Debug)]
pub struct Labels {
    /// The keys with their values.
    pub pivot: LabelPivot,
    /// The lines of the list, so that only those that are seen are drawn.
    pub lines: Vec<LabelLine>,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print all values in.
    pub shown_unit: String,
    /// The value that is 100 %.
    pub total: i64,
    /// Filters that matched nothing, one sentence each.
    pub warnings: Vec<String>,
}

/// A line of the list; indices into the keys, and into the values of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelLine {
    /// A key.
    Key(usize),
    /// A value of it.
    Value(usize, usize),
    /// The samples without a label of it.
    Without(usize),
}

impl Question for LabelPivotQuery {
    type Answer = Labels;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Labels, QuestionError> {
        let stacks = documents.stacks_in_front(&self.stacks)?;
        let pivot = label_pivot(&stacks);
        let values = pivot.keys.iter().flat_map(|key| &key.values).map(|value| (value.weight, 0));
        let shown_unit = common_unit(smallest_value(values), stacks.total(), stacks.unit());
        Ok(Labels {
            lines: LabelLine::of_keys(pivot.keys.iter().map(|key| (key.values.len(), key.without != 0))),
            pivot,
            sample_type: stacks.kind().to_owned(),
            unit: stacks.unit().to_owned(),
            shown_unit,
            total: stacks.total(),
            warnings: stacks.warnings().to_vec(),
        })
    }
}

impl LabelLine {
    /// The lines of a list of keys, of each of which is given how many values it has, and whether something has none.
    pub(super) fn of_keys(keys: impl Iterator<Item = (usize, bool)>) -> Vec<Self> {
        let lines = keys.enumerate().flat_map(|(at, (n_values, has_without))| {
            let values = (0..n_values).map(move |value| Self::Value(at, value));
            [Self::Key(at)].into_iter().chain(values).chain(has_without.then_some(Self::Without(at)))
        });
        lines.collect()
    }
}
