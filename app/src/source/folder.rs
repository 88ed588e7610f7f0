//! What is in a folder of this machine, for those who type a path.

use std::fs::DirEntry;
use std::path::PathBuf;

/// Entries of a folder that are listed; more cannot be looked through anyhow.
const MOST_ENTRIES: usize = 10_000;

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    /// Names of what is in it, and whether each is a folder: these first, then the others, each in order.
    pub entries: Vec<(String, bool)>,
}

impl Folder {
    /// Looks into a folder. What cannot be read has nothing in it: whoever types may not be done.
    pub fn list(path: PathBuf) -> Self {
        let found = std::fs::read_dir(&path).into_iter().flatten().flatten().take(MOST_ENTRIES);
        let entry = |entry: DirEntry| {
            let is_folder = entry.path().is_dir();
            (entry.file_name().to_string_lossy().into_owned(), is_folder)
        };
        let mut entries: Vec<(String, bool)> = found.map(entry).collect();
        entries.sort_by(|(a, a_is_folder), (b, b_is_folder)| {
            b_is_folder.cmp(a_is_folder).then_with(|| a.cmp(b))
        });
        Self { path, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_what_is_not_there_is_empty() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.pb.gz", "a.trace"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        std::fs::create_dir(folder.path().join("old")).expect("a folder");
        let names = |path: PathBuf| Folder::list(path).entries;
        let expected = [("old", true), ("a.trace", false), ("b.pb.gz", false)];
        assert_eq!(
            names(folder.path().to_owned()),
            expected.map(|(name, is_folder)| (name.to_owned(), is_folder))
        );
        assert_eq!(names(folder.path().join("no such")), []);
    }
}
