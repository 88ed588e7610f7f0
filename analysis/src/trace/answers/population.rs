//! What an answer is about: all tasks of a type, regions of a name, requests to an endpoint, goroutines of a function,
//! or one of them.

use goscope_parsers::printable;

pub use super::one::One;
use crate::trace::model::TraceModel;
use crate::trace::store::names::given_text;

/// What the instances are that an answer looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Population {
    /// User tasks of a type, or all.
    Tasks(Option<String>),
    /// User regions with a name, or all.
    Regions(Option<String>),
    /// HTTP and gRPC requests that this program serves: to an endpoint, named by the handler's function, or all. They
    /// are found in traces without any annotation.
    Requests(Option<String>),
    /// Goroutines that run this function.
    Goroutines(String),
    /// One instance.
    One(One),
}

impl Population {
    /// What a trace is asked about where nobody says it: its tasks, else its regions, else the requests that it
    /// serves. `None` if it has none of them.
    pub fn of_trace(model: &TraceModel) -> Option<Self> {
        if model.task_ids().any(|id| model.task(id).is_some_and(|task| task.has_name())) {
            return Some(Self::Tasks(None));
        }
        if model.regions().iter().any(|region| !region.is_inherited) {
            return Some(Self::Regions(None));
        }
        super::requests::has_requests(model).then_some(Self::Requests(None))
    }

    /// What one of them is called.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Tasks(_) => "task",
            Self::Regions(_) => "region",
            Self::Requests(_) => "request",
            Self::Goroutines(_) => "goroutine",
            Self::One(one) => one.noun(),
        }
    }

    /// The name that all of them have, if they were chosen by one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Tasks(name) | Self::Regions(name) | Self::Requests(name) => name.as_deref(),
            Self::Goroutines(name) => Some(name),
            Self::One(_) => None,
        }
    }

    /// What they are called together: `tasks checkout`, `all regions`.
    pub fn text(&self) -> String {
        let plural = format!("{}s", self.noun());
        match self {
            Self::Tasks(Some(name)) | Self::Regions(Some(name)) => format!("{plural} {}", given_text(name)),
            Self::Requests(Some(name)) => format!("{plural} to {}", printable(name)),
            Self::Goroutines(name) => format!("{plural} of {}", printable(name)),
            Self::One(one) => one.text(),
            _ => format!("all {plural}"),
        }
    }
}
