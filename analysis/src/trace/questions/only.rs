//! A restriction to some goroutines.

use crate::symbol::short_name;
use crate::trace::questions::goroutine_filter::GoroutineFilter;

/// A restriction to some goroutines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Only {
    /// Those that run this function.
    Function(String),
    /// This one, by its number.
    Goroutine(i64),
}

impl Only {
    /// What kind of restriction it is, to stand before the value.
    pub const fn prefix(&self) -> &'static str {
        match self {
            Self::Function(_) => "func",
            Self::Goroutine(_) => "goroutine",
        }
    }

    /// The value.
    pub fn text(&self) -> String {
        match self {
            Self::Function(name) if name.is_empty() => "(unknown)".to_owned(),
            Self::Function(name) => short_name(name).into_owned(),
            Self::Goroutine(goid) => goid.to_string(),
        }
    }

    /// The same as a filter; without a restriction all of the program's own goroutines.
    pub fn filter(only: Option<&Self>) -> GoroutineFilter {
        match only {
            None => GoroutineFilter::default(),
            Some(Self::Function(name)) => {
                GoroutineFilter { function: Some(name.clone()), ..GoroutineFilter::default() }
            }
            Some(Self::Goroutine(goid)) => {
                GoroutineFilter { goid: Some(*goid), ..GoroutineFilter::default() }
            }
        }
    }
}
