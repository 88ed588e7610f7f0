//! From the command line to the window, in the builds that have one.

use std::path::PathBuf;

use super::failure::Failure;
use crate::query::comparison::{Comparison, Scale};

/// Opens a comparison in the window; returns when the user closes it.
#[cfg(feature = "window")]
pub(super) fn open_comparison(
    comparison: Comparison,
    scale: Scale,
    sample_type: Option<String>,
) -> Result<(), Failure> {
    let opening = crate::gui::command::Opening { comparison, scale, sample_type };
    crate::gui::run_comparison(opening).map_err(Failure::Usage)
}

/// Reports that this build has no window.
#[cfg(not(feature = "window"))]
pub(super) fn open_comparison(
    comparison: Comparison,
    scale: Scale,
    sample_type: Option<String>,
) -> Result<(), Failure> {
    drop((comparison, scale, sample_type));
    open_window(Vec::new())
}

/// Opens files in the window; returns when the user closes it.
#[cfg(feature = "window")]
pub(super) fn open_window(files: Vec<PathBuf>) -> Result<(), Failure> {
    crate::gui::run(files).map_err(Failure::Usage)
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
pub(super) fn open_window(files: Vec<PathBuf>) -> Result<(), Failure> {
    drop(files);
    let what = "this goscope was built without its window; use a subcommand (`goscope --help` lists them)";
    Err(Failure::Usage(anyhow::anyhow!(what)))
}
