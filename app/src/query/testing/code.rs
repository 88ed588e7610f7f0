//! A source file of the tested program, line by line. It reads files, so only workers ask it.

use std::path::PathBuf;

use goscope_analysis::report::SourceLines as _;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::source::{GoPackages, GoPlaces, SourceFinder};

/// The most lines of a file that are shown.
const MAX_LINES: usize = 200_000;
/// The most letters of one line that are shown.
const MAX_LETTERS: usize = 500;

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

/// Asks for the file of a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodeQuery {
    /// The package that names it.
    pub package: String,
    /// The file.
    pub file: String,
}

impl CodeQuery {
    /// The file of a place.
    pub fn of(place: &CodePlace) -> Self {
        Self { package: place.package.clone(), file: place.file.clone() }
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its name.
    pub name: String,
    /// Its path on this machine, or why it is not shown.
    pub place: Result<PathBuf, String>,
    /// Its lines, with tabs as four blanks.
    pub lines: Vec<String>,
}

impl Question for CodeQuery {
    type Answer = Code;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Code, QuestionError> {
        let found = self.find(documents.first()?);
        let lines = found.as_ref().map(|path| read(path)).unwrap_or_else(|| {
            Err(format!("{} is not on this machine, or not below this folder", self.file))
        });
        let (place, lines) = match (found, lines) {
            (Some(path), Ok(lines)) => (Ok(path), lines),
            (_, Err(reason)) => (Err(reason), Vec::new()),
            (None, Ok(_)) => (Err(format!("{} was not found", self.file)), Vec::new()),
        };
        Ok(Code { name: self.file.clone(), place, lines })
    }
}

impl CodeQuery {
    /// Where the file is, seen from the working directory and from the folder of the document.
    fn find(&self, document: &Document) -> Option<PathBuf> {
        let base = self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file);
        let names = [
            format!("{}/{}", self.package, self.file),
            self.file.clone(),
            format!("{}/{base}", self.package),
        ];
        folders_of(document).iter().find_map(|folder| {
            let packages = GoPackages::of_folder(folder);
            let relative = || Some(folder.join(&self.file)).filter(|path| path.is_file());
            names.iter().find_map(|name| Some(packages.find(name)?.path)).or_else(relative)
        })
    }
}

/// The folders from which source is looked for: the working directory, and that of the document.
pub fn folders_of(document: &Document) -> Vec<PathBuf> {
    let mut folders = vec![std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))];
    if let Source::File(path) = document.source.whole()
        && let Ok(path) = std::path::absolute(path)
        && let Some(folder) = path.parent()
        && !folders.contains(&folder.to_owned())
    {
        folders.push(folder.to_owned());
    }
    folders
}

/// The lines of a file, as they are shown.
fn read(path: &std::path::Path) -> Result<Vec<String>, String> {
    let finder = SourceFinder::new(path.parent().unwrap_or(path), "", "", GoPlaces::default());
    let mut lines = finder.lines(&path.to_string_lossy())?;
    lines.truncate(MAX_LINES);
    for line in &mut lines {
        *line = shown(line);
    }
    Ok(lines)
}

/// A line with tabs as four blanks, and not longer than can be read.
fn shown(line: &str) -> String {
    let letters = line.chars().take(MAX_LETTERS);
    letters.fold(String::new(), |mut text, letter| {
        match letter {
            '\t' => text.push_str("    "),
            letter if letter.is_control() => text.push('\u{fffd}'),
            letter => text.push(letter),
        }
        text
    })
}
