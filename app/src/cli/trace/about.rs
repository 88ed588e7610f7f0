//! What a report is narrowed to: by a handle as a plain argument, or in an option that takes a name as well.

use goscope_analysis::trace::answers::population::One;

pub(super) use crate::cli::handle_args::{function_arg, goroutine_arg, range_arg};
use crate::query::trace::handle::Handle;
use crate::query::trace::times::{Times, moment};

/// What a report can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Narrow {
    /// A time: of a handle, when it is.
    Time,
    /// Goroutines and a time: of a handle, the goroutine that it is on, and when it is.
    Goroutines,
    /// Instances, as long as they are.
    Instances,
    /// Waits of instances, or for a lock.
    Waits,
}

impl Narrow {
    /// Why a report cannot be narrowed to what a handle names.
    pub(super) fn refuse(self, handle: &Handle) -> Result<(), String> {
        match handle {
            Handle::Lock(_) if self != Self::Waits => {
                Err(format!("{handle}: only `goscope trace blame` looks at one lock"))
            }
            Handle::Function(_) if self == Self::Time => Err(format!(
                "{handle}: goroutines of a function are no time, and this report takes nothing but a time: of a task, a region, a goroutine, or as 1.2s..1.4s"
            )),
            _ => Ok(()),
        }
    }

    /// Whether the report is about the time of a handle alone.
    pub(super) const fn takes_time(self) -> bool {
        matches!(self, Self::Time | Self::Goroutines)
    }
}

/// A moment: `1.2s`.
pub(super) fn moment_arg(text: &str) -> Result<Times, String> {
    moment(text)
}

/// The number of a task: `51` or `task:51`.
pub(super) fn task_arg(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("task:").unwrap_or(text);
    digits.parse().map_err(|error| format!("{text:?} is no task, as 51 or task:51: {error}"))
}

/// The handle in an option that takes the name of a task type or region as well.
pub(super) fn handle_in(name: &str) -> Option<Handle> {
    let handle: Handle = name.parse().ok()?;
    matches!(handle, Handle::One(One::Task(_) | One::Region(_))).then_some(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_take_names_and_handles() {
        assert_eq!(goroutine_arg("412"), goroutine_arg("g:412"));
        assert_eq!(task_arg("51"), task_arg("task:51"));
        assert_eq!(function_arg("main.f"), function_arg("func:main.f"));
        assert_eq!(handle_in("checkout"), None);
        assert_eq!(handle_in("task:51"), Some(Handle::One(One::Task(51))));
        assert_eq!(range_arg("task:51"), Ok(Handle::One(One::Task(51))));
        assert_eq!(range_arg("func:main.f"), Err("func:main.f has no time".to_owned()));
        assert_eq!(
            range_arg("1s").unwrap_err(),
            "a range is written as 1.2s..1.4s; either side may be left out"
        );
        assert!(goroutine_arg("main").is_err() && task_arg("x").is_err());
    }
}
