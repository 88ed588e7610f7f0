//! Finds source files on this machine by the names that a profile gives them, which may come from another machine.
//!
//! First as `go tool pprof` looks for them, then in the places of the Go toolchain: GOROOT, the module cache, vendored
//! modules, the modules of a go.work. It only finds and reads files; others show them.

pub mod editor;
pub mod folder;
mod go_packages;
mod go_places;
pub mod pasted;
mod pprof_search;
pub mod typed;

use std::fs;
use std::path::{Path, PathBuf};

pub use go_packages::{FoundFile, GoPackages};
pub use go_places::GoPlaces;

use goscope_analysis::report::SourceLines;

use pprof_search::PprofSearch;

/// Files above this size are not read as source.
const MAX_BYTES: u64 = 64 << 20;

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

    /// The path on this machine of the file that a profile names `path`.
    ///
    /// # Errors
    /// If the file is not found: the text that pprof prints after `Error: ` in its reports.
    pub fn find(&self, path: &str) -> Result<PathBuf, String> {
        self.pprof.find(path).or_else(|reason| self.go.find(path).ok_or(reason))
    }
}

impl SourceLines for SourceFinder {
    fn lines(&self, path: &str) -> Result<Vec<String>, String> {
        let place = self.find(path)?;
        let failed = |reason: &dyn std::fmt::Display| format!("{}: {reason}", place.display());
        let metadata = fs::metadata(&place).map_err(|error| failed(&error))?;
        // The name comes from the profile and is not trusted: a device or a pipe may never end.
        if !metadata.is_file() {
            return Err(failed(&"not a regular file"));
        }
        if metadata.len() > MAX_BYTES {
            return Err(failed(&"too large for a source file"));
        }
        let bytes = fs::read(&place).map_err(|error| failed(&error))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Result<Vec<String>, String> {
        let finder = SourceFinder::new(Path::new("/no/such"), "", "", GoPlaces::default());
        finder.lines(&path.display().to_string())
    }

    #[test]
    fn what_has_no_end_is_not_read() {
        #[cfg(unix)]
        assert_eq!(lines(Path::new("/dev/zero")), Err("/dev/zero: not a regular file".to_owned()));
        let folder = tempfile::tempdir().expect("a folder");
        assert!(lines(folder.path()).is_err());
        let large = folder.path().join("large.go");
        fs::File::create(&large).and_then(|file| file.set_len(MAX_BYTES + 1)).expect("a file of holes");
        assert!(lines(&large).is_err_and(|reason| reason.ends_with("too large for a source file")));
    }

    #[test]
    fn lines_come_without_their_ends_whatever_the_encoding() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.go");
        fs::write(&file, b"one\r\n\ttw\xffo\n").expect("a file");
        assert_eq!(lines(&file), Ok(vec!["one".to_owned(), "\ttw\u{fffd}o".to_owned()]));
    }
}
