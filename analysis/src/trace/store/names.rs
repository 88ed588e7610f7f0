//! What to call tasks and regions: the one place where the names that a program gave become text for people.

use std::borrow::Cow;

use goscope_parsers::printable;
use goscope_parsers::trace::{StackId, StringId, Tables, TaskId};

use crate::symbol::{FrameKind, kind_of};
use crate::trace::store::data::TraceData;

/// A task whose begin, which has its name, is not in the trace.
pub const BEGUN_BEFORE: &str = "(begun before the trace)";

/// A name that the program gave, printable; in quotes where it is empty.
pub fn given_name(tables: &Tables, name: StringId) -> String {
    quoted_if_empty(tables.printable(name))
}

/// The same of a text.
pub fn given_text(name: &str) -> String {
    quoted_if_empty(printable(name))
}

fn quoted_if_empty(name: Cow<'_, str>) -> String {
    if name.is_empty() { "\"\"".to_owned() } else { name.into_owned() }
}

/// The function that names a place in the program: the innermost of a stack outside of the standard library, else the
/// innermost; none for no stack.
pub fn user_function(tables: &Tables, stack: StackId) -> StringId {
    let names = || tables.stack(stack).iter().map(|&frame| tables.frame(frame).function);
    let is_user = |name: &StringId| {
        let kind = kind_of(&tables.string_lossy(*name));
        *name != StringId::NONE && matches!(kind, FrameKind::User | FrameKind::Unknown)
    };
    names().find(is_user).or_else(|| names().next()).unwrap_or_default()
}

/// The type of a task, printable; says so where it is not known.
pub fn task_name(data: &TraceData, id: TaskId) -> String {
    match data.task(id) {
        Some(task) if task.has_name() => given_name(data.tables(), task.name),
        _ => BEGUN_BEFORE.to_owned(),
    }
}
