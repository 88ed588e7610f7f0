//! How pprof finds a source file: `-source_path`, `-trim_path`, and its guess at the prefix to cut off.
//!
//! Source: google/pprof `internal/report/source.go` as in Go 1.26 and 1.27.

use std::env;
use std::path::{Path, PathBuf};

/// Prefixes that sandboxed builds leave on paths.
const SANDBOX_PREFIXES: [&str; 2] = ["/proc/self/cwd/./", "/proc/self/cwd/"];

/// The directories to search, and the prefixes to cut off first.
#[derive(Clone, Debug)]
pub(super) struct PprofSearch {
    /// The user's list, or the working directory; kept as text for the message.
    search_path: String,
    trim_path: String,
}

impl PprofSearch {
    pub(super) fn new(working_directory: &Path, search_path: &str, trim_path: &str) -> Self {
        let search_path = if search_path.is_empty() {
            working_directory.display().to_string()
        } else {
            search_path.to_owned()
        };
        Self { search_path, trim_path: trim_path.to_owned() }
    }

    /// The file with that name: an absolute name as it is, a relative one in the directories and their parents.
    pub(super) fn find(&self, path: &str) -> Result<PathBuf, String> {
        let path = self.trimmed(path);
        if Path::new(path).is_absolute() {
            let place = PathBuf::from(path);
            return match place.metadata() {
                Ok(_) => Ok(place),
                Err(error) => Err(format!("open {path}: {}", go_reason(&error))),
            };
        }
        for directory in env::split_paths(&self.search_path) {
            let found =
                directory.ancestors().map(|directory| directory.join(path)).find(|place| place.exists());
            if let Some(place) = found {
                return Ok(place);
            }
        }
        Err(format!("could not find file {path} on path {}", self.search_path))
    }

    /// The path without the prefixes that are known to differ between machines.
    fn trimmed<'t>(&self, path: &'t str) -> &'t str {
        if self.trim_path.is_empty() {
            for directory in env::split_paths(&self.search_path) {
                let Some(name) = directory.file_name() else { continue };
                let wanted = format!("/{}/", name.to_string_lossy());
                if let Some(at) = path.find(&wanted) {
                    return &path[at + wanted.len()..];
                }
            }
        }
        let user = env::split_paths(&self.trim_path)
            .map(|prefix| prefix.to_string_lossy().into_owned())
            // An empty list is split into one empty path.
            .filter(|prefix| !prefix.is_empty());
        for mut prefix in user.chain(SANDBOX_PREFIXES.map(str::to_owned)) {
            if !prefix.ends_with('/') {
                prefix.push('/');
            }
            if let Some(rest) = path.strip_prefix(&prefix) {
                return rest;
            }
        }
        path
    }
}

/// Go's words for the errors of the file system.
fn go_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(search_path: &str, trim_path: &str) -> PprofSearch {
        PprofSearch::new(Path::new("/no/such/shop"), search_path, trim_path)
    }

    #[test]
    fn what_is_cut_off_is_what_pprof_cuts_off() {
        for (search_path, trim_path, path, trimmed) in [
            ("/home/me/shop", "", "/ci/build/shop/web/a.go", "web/a.go"),
            ("", "", "/ci/shop/web/a.go", "web/a.go"),
            ("/home/me/other", "", "/ci/build/shop/web/a.go", "/ci/build/shop/web/a.go"),
            ("/home/me/shop", "/ci/build", "/ci/build/shop/web/a.go", "shop/web/a.go"),
            ("/x", "/no:/ci/build/", "/ci/build/a.go", "a.go"),
            ("/x", "", "/proc/self/cwd/a.go", "a.go"),
            ("/x", "", "/proc/self/cwd/./a.go", "a.go"),
        ] {
            assert_eq!(search(search_path, trim_path).trimmed(path), trimmed, "{path} in {search_path}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_in_pprofs_words() {
        let message = |path: &str| search("/no/such/dir", "").find(path).expect_err("nowhere");
        assert_eq!(message("/no/such/file.go"), "open /no/such/file.go: no such file or directory");
        assert_eq!(message("a/file.go"), "could not find file a/file.go on path /no/such/dir");
    }

    #[test]
    fn directories_above_are_searched_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("folders");
        std::fs::write(folder.path().join("main.go"), "package main").expect("a file");
        let search = PprofSearch::new(&inner, "", "");
        assert_eq!(search.find("main.go").expect("two directories up"), folder.path().join("main.go"));
    }
}
