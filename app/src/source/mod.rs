//! Source files, found as a user's machine has them: by what a profile calls them, which another machine may have
//! written.
//!
//! First as `go tool pprof` looks for them, then in the places of the Go toolchain: GOROOT, the module cache, vendored
//! modules, the modules of a go.work. Only looks and reads; what is shown of a file is others' business.

pub mod editor;
mod go_places;
mod pprof_search;

use std::fs;
use std::path::{Path, PathBuf};

pub use go_places::GoPlaces;

use goscope_analysis::report::SourceLines;

use pprof_search::PprofSearch;

/// Finds source files.
#[derive(Clone, Debug)]
pub struct SourceFinder {
    pprof: PprofSearch,
    go: GoPlaces,
}

impl SourceFinder {
    /// A finder for a user in `working_directory`; `search_path` and `trim_path` are pprof's options of these names:
    /// lists separated as in `PATH`.
    pub fn new(working_directory: &Path, search_path: &str, trim_path: &str, go: GoPlaces) -> Self {
        Self { pprof: PprofSearch::new(working_directory, search_path, trim_path), go }
    }

    /// A finder for the user of this program, in its working directory.
    pub fn of_user(search_path: &str, trim_path: &str) -> Self {
        let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        let go = GoPlaces::of_user(&working_directory);
        Self::new(&working_directory, search_path, trim_path, go)
    }

    /// Where the file is that a profile calls `path`.
    ///
    /// # Errors
    /// It is nowhere; the text is pprof's, as it stands behind `Error: ` in its reports.
    pub fn find(&self, path: &str) -> Result<PathBuf, String> {
        self.pprof.find(path).or_else(|reason| self.go.find(path).ok_or(reason))
    }
}

impl SourceLines for SourceFinder {
    fn lines(&self, path: &str) -> Result<Vec<String>, String> {
        let place = self.find(path)?;
        let bytes = fs::read(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }
}
