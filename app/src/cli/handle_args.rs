//! Options that take a handle or the plain name of the same.

use goscope_analysis::trace::answers::population::One;

use crate::query::trace::handle::Handle;
use crate::query::trace::times::Times;

/// The argument of `--range`: a range, or the handle of what has a time.
pub(super) fn range_arg(text: &str) -> Result<Handle, String> {
    if !text.contains(':') {
        return text.parse::<Times>().map(Handle::Times);
    }
    let handle: Handle = text.parse()?;
    match handle {
        Handle::Function(_) | Handle::Lock(_) => Err(format!("{handle} has no time")),
        _ => Ok(handle),
    }
}

/// The number of a goroutine: `412` or `g:412`.
pub(super) fn goroutine_arg(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(number) => Ok(number),
        Err(_) if text.starts_with("g:") => match text.parse()? {
            Handle::One(One::Goroutine(number)) => Ok(number),
            _ => Err(format!("{text:?} is a stretch of a goroutine: give it after the file")),
        },
        Err(error) => Err(format!("{text:?} is no goroutine, as 412 or g:412: {error}")),
    }
}

/// The name of a function: `main.worker` or `func:main.worker`.
pub(super) fn function_arg(text: &str) -> Result<String, String> {
    Ok(text.strip_prefix("func:").unwrap_or(text).to_owned())
}
