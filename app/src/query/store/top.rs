//! The functions of the chosen profiles, added up over all of them.

use std::collections::HashMap;
use std::sync::Arc;

use goscope_analysis::symbol::is_own_code;
use goscope_analysis::value::common_unit;
use goscope_store::{By, TopFunction};

use super::chosen::{Chosen, ChosenQuery};
use super::selector;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::rows::{RowKey, RowOrder};
use crate::query::values::smallest_value;

/// Asks for the functions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreTopQuery {
    /// Of which profiles.
    pub chosen: ChosenQuery,
}

/// The functions.
#[derive(Debug, Default)]
pub struct StoreTop {
    /// The selector of the profiles.
    pub selector: String,
    /// The type of the values: `cpu`.
    pub kind: String,
    /// Their unit.
    pub unit: String,
    /// The unit to print all values in, so that a column can be compared at a glance.
    pub shown_unit: String,
    /// The sum of all values.
    pub total: i64,
    /// The functions, the largest own value first.
    pub functions: Vec<TopFunction>,
    /// What could not be read, a sentence each.
    pub warnings: Vec<String>,
}

impl StoreTop {
    /// The function that is looked at while none is chosen: of own code the one that takes most by itself.
    pub fn first(&self) -> Option<&str> {
        let is_own = |function: &&TopFunction| is_own_code(&function.function, "");
        let first = self.functions.iter().find(is_own).or_else(|| self.functions.first());
        first.map(|function| function.function.as_str())
    }
}

impl Question for StoreTopQuery {
    type Answer = StoreTop;
    type Input = ChosenQuery;

    fn input(&self) -> ChosenQuery {
        self.chosen.clone()
    }

    fn answer(&self, documents: Documents<'_>, chosen: Arc<Chosen>) -> Result<StoreTop, QuestionError> {
        let document = documents.store()?;
        let selector = selector(document, &chosen.selector)?;
        let taken = document.store()?.top(&selector, &By::All, usize::MAX)?;
        let (kind, unit) = taken.value.sample_type.split_once('/').unwrap_or((&taken.value.sample_type, ""));
        let (kind, unit) = (kind.to_owned(), unit.to_owned());
        let group = taken.value.groups.into_iter().next().unwrap_or_default();
        let smallest = smallest_value(group.functions.iter().map(|row| (row.flat, row.cum)));
        let shown_unit = common_unit(smallest, group.total, &unit);
        Ok(StoreTop {
            shown_unit,
            selector: chosen.selector.clone(),
            kind,
            unit,
            total: group.total,
            functions: group.functions,
            warnings: taken.warnings,
        })
    }
}

/// Asks for them in an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreTopRowsQuery {
    /// The functions.
    pub of: StoreTopQuery,
    /// Their order, and what their names contain.
    pub order: RowOrder,
}

/// The functions in an order.
#[derive(Debug)]
pub struct StoreTopRows {
    /// All of them.
    pub top: Arc<StoreTop>,
    /// Those that are shown, as indexes.
    order: Vec<usize>,
    /// By name, the row of a function.
    row_of: HashMap<String, usize>,
}

impl StoreTopRows {
    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The function in a row.
    pub fn row(&self, row: usize) -> &TopFunction {
        &self.top.functions[self.order[row]]
    }

    /// The row of a function.
    pub fn row_of(&self, function: &str) -> Option<usize> {
        self.row_of.get(function).copied()
    }
}

impl Question for StoreTopRowsQuery {
    type Answer = StoreTopRows;
    type Input = StoreTopQuery;

    fn input(&self) -> StoreTopQuery {
        self.of.clone()
    }

    fn answer(&self, _: Documents<'_>, top: Arc<StoreTop>) -> Result<StoreTopRows, QuestionError> {
        let wanted = self.order.containing.to_lowercase();
        let functions = &top.functions;
        let is_wanted =
            |at: &usize| wanted.is_empty() || functions[*at].function.to_lowercase().contains(&wanted);
        let mut order: Vec<usize> = (0..functions.len()).filter(is_wanted).collect();
        match self.order.by {
            RowKey::Name => order.sort_by(|a, b| functions[*a].function.cmp(&functions[*b].function)),
            RowKey::Cum => order.sort_by_key(|at| functions[*at].cum),
            _ => order.sort_by_key(|at| functions[*at].flat),
        }
        if self.order.is_descending {
            order.reverse();
        }
        let row_of =
            order.iter().enumerate().map(|(row, at)| (functions[*at].function.clone(), row)).collect();
        Ok(StoreTopRows { order, row_of, top })
    }
}
