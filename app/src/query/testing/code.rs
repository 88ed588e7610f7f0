//! A source file of the tested program, line by line. It reads files, so only workers ask it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use goscope_analysis::coverage::{FileNode, LineCoverage};
use goscope_analysis::report::SourceLines as _;
use goscope_parsers::coverage::Block;

pub use super::code_place::CodePlace;
use super::code_place::folders_of;
use super::coverage::{CoverageFacts, CoverageTreeQuery};
use crate::document::Document;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::source::{GoPackages, GoPlaces, SourceFinder};

/// The most lines of a file that are shown.
const MAX_LINES: usize = 200_000;
/// The most letters of one line that are shown.
const MAX_LETTERS: usize = 500;

/// Asks for the file of a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodeQuery {
    /// The package that names it.
    pub package: String,
    /// The file.
    pub file: String,
    /// What counts as covered, where the document is a coverage profile.
    pub coverage: Option<CoverageTreeQuery>,
}

impl CodeQuery {
    /// The file of a place.
    pub fn of(place: &CodePlace, coverage: Option<CoverageTreeQuery>) -> Self {
        Self { package: place.package.clone(), file: place.file.clone(), coverage }
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its name.
    pub name: String,
    /// Its path on this machine, or why it is not shown.
    pub place: Result<PathBuf, String>,
    /// Its lines.
    pub lines: Vec<CodeLine>,
    /// How often the line ran that ran most.
    pub most: i64,
    /// First and last line of what did not run.
    pub uncovered: Vec<[u32; 2]>,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeLine {
    /// Its text, with tabs as four blanks.
    pub text: String,
    /// How often it ran; `None` if it cannot run, or nothing is known.
    pub counts: Option<LineCoverage>,
    /// Of a line that ran in part: where in the text it did not.
    pub not_run: Vec<Range<usize>>,
}

impl Question for CodeQuery {
    type Answer = Code;
    type Input = Option<CoverageTreeQuery>;

    fn input(&self) -> Option<CoverageTreeQuery> {
        self.coverage.clone()
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        coverage: Option<Arc<CoverageFacts>>,
    ) -> Result<Code, QuestionError> {
        let known = coverage.as_ref().and_then(|facts| facts.coverage.found.paths.get(&self.file).cloned());
        let document = documents.first()?;
        let elsewhere = || document.dump().and_then(|_| self.find_elsewhere());
        let found = known.or_else(|| self.find(document)).or_else(elsewhere);
        let lines = found.as_ref().map(|path| read(path)).unwrap_or_else(|| {
            Err(format!("{} is not on this machine, or not below this folder", self.file))
        });
        let (place, lines) = match (found, lines) {
            (Some(path), Ok(lines)) => (Ok(path), lines),
            (_, Err(reason)) => (Err(reason), Vec::new()),
            (None, Ok(_)) => (Err(format!("{} was not found", self.file)), Vec::new()),
        };
        let file = coverage.as_ref().and_then(|facts| file_of(facts, &self.file));
        let lines = with_counts(&lines, file);
        let node = file.map(|(node, _)| node);
        let most = node.and_then(|node| node.lines.iter().map(|line| line.most).max()).unwrap_or(0);
        let uncovered = node.map(|node| node.uncovered.clone()).unwrap_or_default();
        Ok(Code { name: self.file.clone(), place, lines, most, uncovered })
    }
}

/// A file of the tree, and its blocks.
fn file_of<'f>(facts: &'f CoverageFacts, name: &str) -> Option<(&'f FileNode, &'f [Block])> {
    let node = facts.tree.files().find(|file| file.name == name)?;
    let files = &facts.coverage.profile.files;
    let at = files.binary_search_by(|file| (*file.name).cmp(name)).ok()?;
    Some((node, &files[at].blocks))
}

/// The lines as they are shown, with what is known of each.
fn with_counts(lines: &[String], file: Option<(&FileNode, &[Block])>) -> Vec<CodeLine> {
    let mut counts = file.map_or(&[][..], |(node, _)| &node.lines).iter().peekable();
    let line = |(line, number): (&String, u32)| {
        while counts.next_if(|it| it.line < number).is_some() {}
        let counts = counts.next_if(|it| it.line == number).copied();
        let is_part = counts.is_some_and(|it| it.is_partly_covered());
        let blocks = file.map_or(&[][..], |(_, blocks)| blocks);
        let not_run = if is_part { not_run(line, number, blocks) } else { Vec::new() };
        CodeLine { text: shown(line), counts, not_run }
    };
    lines.iter().zip(1..).map(line).collect()
}

/// Where a line did not run, in bytes of it as it is shown.
fn not_run(line: &str, number: u32, blocks: &[Block]) -> Vec<Range<usize>> {
    let before = blocks.partition_point(|block| block.start.line <= number);
    let is_here = |block: &&Block| !block.is_covered() && block.statements > 0 && number <= block.end.line;
    let range = |block: &Block| {
        let begin =
            if block.start.line == number { block.start.column.saturating_sub(1) as usize } else { 0 };
        let end =
            if block.end.line == number { block.end.column.saturating_sub(1) as usize } else { line.len() };
        let shown_to = |at: usize| line.get(..at.min(line.len())).map_or(0, |part| shown(part).len());
        shown_to(begin)..shown_to(end)
    };
    // Damaged profiles have blocks without end.
    let ranges = blocks[..before].iter().filter(is_here).take(MOST_PARTS).map(range);
    ranges.filter(|range| !range.is_empty()).collect()
}

/// Parts of a line that are marked.
const MOST_PARTS: usize = 16;

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

    /// Where a file of the standard library or of another module is, by the path that a dump names it by.
    fn find_elsewhere(&self) -> Option<PathBuf> {
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        SourceFinder::new(&here, "", "", GoPlaces::of_user(&here)).find(&self.file).ok()
    }
}

/// The lines of a file.
fn read(path: &std::path::Path) -> Result<Vec<String>, String> {
    let finder = SourceFinder::new(path.parent().unwrap_or(path), "", "", GoPlaces::default());
    let mut lines = finder.lines(&path.to_string_lossy())?;
    lines.truncate(MAX_LINES);
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
