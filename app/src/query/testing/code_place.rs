//! A line of source by name, and the folders from which source is looked for.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};

/// A line of source.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CodePlace {
    /// The import path of the package that names the file.
    pub package: String,
    /// The file: a name in its package, a path, or import path and name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl CodePlace {
    /// A line of a file that a coverage profile names.
    pub fn in_file(file: &str, line: u32) -> Self {
        Self { package: String::new(), file: file.to_owned(), line }
    }
}

/// The folders from which source is looked for: the working directory, and that of the document; then the modules directly
/// below them.
pub(super) fn folders_of(document: &Document) -> Vec<PathBuf> {
    let mut folders = vec![std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))];
    if let Source::File(path) = document.source.whole()
        && let Ok(path) = std::path::absolute(path)
        && let Some(folder) = path.parent()
        && !folders.contains(&folder.to_owned())
    {
        folders.push(folder.to_owned());
    }
    let below: Vec<PathBuf> = folders.iter().flat_map(|folder| modules_below(folder)).collect();
    folders.extend(below);
    folders
}

/// Folders that are looked into for modules, at most.
const MOST_FOLDERS: usize = 200;

/// The folders directly in a folder that hold a go.mod, by name.
fn modules_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_module = |path: &PathBuf| path.join("go.mod").is_file();
    let mut modules: Vec<PathBuf> =
        entries.take(MOST_FOLDERS).map(|entry| entry.path()).filter(is_module).collect();
    modules.sort();
    modules
}
