//! From the command line to the window, in the builds that have one.

use std::path::Path;

use goscope_parsers::FileBytes;

use super::failure::Failure;
#[cfg(feature = "window")]
use crate::memory_limit;
use crate::session::format::session_of;
use crate::session::look::Opening;
use crate::session::saved::SavedSession;

/// Opens the window; returns when the user closes it.
#[cfg(feature = "window")]
pub(super) fn open_window(opening: Opening) -> Result<(), Failure> {
    // There is something to lose in a window: a file that becomes shorter while it is read is refused, and nothing ends.
    FileBytes::end_program_when_cut(false);
    memory_limit::lift();
    crate::gui::run(opening).map_err(Failure::Usage)
}

/// Why no window can be opened, in a sentence; `None` if one can.
#[cfg(feature = "window")]
pub(super) fn why_no_window() -> Option<&'static str> {
    (!crate::gui::has_display()).then_some("there is no display to open a window on")
}

/// Why no window can be opened, in a sentence.
#[cfg(not(feature = "window"))]
pub(super) const fn why_no_window() -> Option<&'static str> {
    Some("this goscope was built without its window")
}

/// Reports that this build has no window.
#[cfg(not(feature = "window"))]
pub(super) fn open_window(opening: Opening) -> Result<(), Failure> {
    drop(opening);
    let what = "this goscope was built without its window; use a subcommand (`goscope --help` lists them)";
    Err(Failure::Usage(anyhow::anyhow!(what)))
}

/// Reads the file of a session.
pub(super) fn read_session(path: &Path) -> Result<SavedSession, Failure> {
    let bytes = FileBytes::open(path).map_err(|error| Failure::from_parse(error, path))?;
    let folder = path.parent().unwrap_or(path);
    session_of(&bytes, folder).map_err(|error| Failure::Usage(anyhow::anyhow!("{} {error}", path.display())))
}
