//! A restriction of the whole window to some goroutines.

use goscope_parsers::trace::GoId;

use crate::symbol::short_name;
use crate::trace::model::TraceModel;
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
    /// What a chip says before the value.
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

    /// Whether a goroutine is one of them.
    pub fn matches(&self, model: &TraceModel, id: GoId) -> bool {
        match self {
            Self::Goroutine(goid) => model.tables().goid(id) == *goid,
            Self::Function(name) => model.tables().string(model.start_function(id)) == name.as_bytes(),
        }
    }

    /// Whether a goroutine passes where there may be no restriction.
    pub fn allows(only: Option<&Self>, model: &TraceModel, id: GoId) -> bool {
        only.is_none_or(|only| only.matches(model, id))
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
