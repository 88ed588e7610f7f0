//! Frames of a stack by whose code they are.

use goscope_parsers::dump::{FrameId, StackId, Tables};

use crate::symbol::{FrameKind, kind_of};

/// Whether a frame belongs to how the runtime parks and starts goroutines: dumps of level 2 print it, others do not.
pub fn is_parking(function: &str) -> bool {
    let name = function.strip_prefix("runtime.");
    name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// Whether a frame is of a function that the compiler made around a call (`go f(x)`, `defer f(x)`, a method value): it is
/// marked as a wrapper, and only dumps of level 2 and debuggers show it.
pub(super) fn is_wrapper(function: &str) -> bool {
    let last = function.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("gowrap").or_else(|| last.strip_prefix("deferwrap"));
    function.ends_with("-fm")
        || digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The frame that a reader looks for: the innermost one of the program's own code, and where there is none, the
/// innermost one that the runtime would print.
pub fn user_frame(tables: &Tables, stack: StackId) -> Option<FrameId> {
    let frames = tables.stack(stack).frames;
    let is_user = |&&frame: &&FrameId| kind_of(tables.function(frame)) == FrameKind::User;
    let is_shown = |&&frame: &&FrameId| !is_parking(tables.function(frame));
    frames.iter().find(is_user).or_else(|| frames.iter().find(is_shown)).or_else(|| frames.first()).copied()
}

/// Whether a stack has a frame of the program's own code.
pub(super) fn has_user_frame(tables: &Tables, stack: StackId) -> bool {
    let frames = tables.stack(stack).frames;
    frames.iter().any(|&frame| kind_of(tables.function(frame)) == FrameKind::User)
}

/// `main.go:43`: file and line with the last two parts of the path.
pub fn call_site(tables: &Tables, frame: FrameId) -> String {
    let path = tables.file(frame);
    let mut parts = path.rsplit(['/', '\\']);
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let line = tables.frame(frame).line;
    if path.is_empty() {
        String::new()
    } else if folder.is_empty() {
        format!("{name}:{line}")
    } else {
        format!("{folder}/{name}:{line}")
    }
}
