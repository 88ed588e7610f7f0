//! From the command line to the window, in the builds that have one.

use std::path::Path;

use super::failure::Failure;
use crate::session::format::session_of;
use crate::session::look::Opening;
use crate::session::saved::SavedSession;

/// Opens the window; returns when the user closes it.
#[cfg(feature = "window")]
pub(super) fn open_window(opening: Opening) -> Result<(), Failure> {
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
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::Input(anyhow::Error::new(error).context(path.display().to_string())))?;
    let folder = path.parent().unwrap_or(path);
    session_of(&bytes, folder).map_err(|error| Failure::Usage(anyhow::anyhow!("{} {error}", path.display())))
}
