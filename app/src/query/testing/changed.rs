//! Which of the lines that changed since a commit did not run. It asks git and reads files, so only workers ask it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goscope_analysis::coverage::{ChangedFile, ChangedLines, FileNode, GoSource, Statements, changed_lines};

use super::code_place::CodePlace;
use super::coverage::{Coverage, CoverageFacts, CoverageTreeQuery};
use crate::coverage_input::read_source;
use crate::git_changes::{Changes, changes, references};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Asks what of a change did not run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChangedQuery {
    /// What counts.
    pub tree: CoverageTreeQuery,
    /// The commit, branch or tag that the work tree is compared with, where it left it.
    pub reference: String,
}

/// What of a change did not run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Lines that did not run, by file.
    pub rows: Vec<ChangedRow>,
    /// What they come to, in a sentence.
    pub sentence: String,
    /// What else the work tree could be compared with.
    pub references: Vec<String>,
}

/// Lines of one file, side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRow {
    /// The file below the repository.
    pub path: String,
    /// The first of them.
    pub place: CodePlace,
    /// The last of them.
    pub last_line: u32,
    /// Whether the profile does not have the file: its package has no test that ran.
    pub is_missing: bool,
}

impl Question for ChangedQuery {
    type Answer = Changed;
    type Input = CoverageTreeQuery;

    fn input(&self) -> CoverageTreeQuery {
        self.tree.clone()
    }

    fn answer(&self, _: Documents<'_>, facts: Arc<CoverageFacts>) -> Result<Changed, QuestionError> {
        let coverage = &facts.coverage;
        let folder = coverage.found.paths.values().next().and_then(|path| path.parent());
        let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
        let changes = changes(&self.reference, &folder);
        let changes = changes.map_err(|error| QuestionError::Git(error.to_string()))?;
        let drops = self.tree.coverage.drops_generated;
        let nodes = nodes(coverage, facts.tree.files(), &changes);
        let files = changed_files(&changes, &nodes, |_, is_generated| drops && is_generated);
        let statements: Statements = files.iter().map(|file| file.lines).sum();
        let rows = files.iter().flat_map(|file| {
            let name = nodes.get(&file.path).map(|node| node.name.clone());
            let name = name.unwrap_or_else(|| changes.root.join(&file.path).to_string_lossy().into_owned());
            let row = move |[first, last]: &[u32; 2]| ChangedRow {
                path: file.path.clone(),
                place: CodePlace::in_file(&name, *first),
                last_line: *last,
                is_missing: file.is_missing,
            };
            file.uncovered.iter().map(row).collect::<Vec<_>>()
        });
        let sentence = changed_sentence(statements, &self.reference);
        Ok(Changed { rows: rows.collect(), sentence, references: references(&folder) })
    }
}

/// `72.0% of changed lines covered (18 of 25)`, or that there are none.
pub fn changed_sentence(statements: Statements, reference: &str) -> String {
    let Statements { total, covered } = statements;
    if total == 0 {
        return format!("no line that can run changed since {}: nothing to cover", text::name(reference));
    }
    let share = text::percent(statements.percent() / 100.0);
    format!("{share} of changed lines covered ({covered} of {total})")
}

/// The files of a tree by their paths below the repository.
pub fn nodes<'t>(
    coverage: &Coverage,
    files: impl Iterator<Item = &'t FileNode>,
    changes: &Changes,
) -> BTreeMap<String, &'t FileNode> {
    let root = changes.root.canonicalize().unwrap_or_else(|_| changes.root.clone());
    files.map(|file| (coverage.path_below(&file.name, &root).into_owned(), file)).collect()
}

/// What a change leaves uncovered, by path; without tests, and without what is left out by path and by whether it is
/// generated.
pub fn changed_files(
    changes: &Changes,
    nodes: &BTreeMap<String, &FileNode>,
    is_left_out: impl Fn(&str, bool) -> bool,
) -> Vec<ChangedLines> {
    let mut files = Vec::new();
    for (path, change) in &changes.files {
        let is_test = path.ends_with("_test.go") || path.split('/').any(|part| part == "testdata");
        let source = source(&changes.root, path);
        let is_generated = source.as_ref().is_some_and(|source| source.is_generated);
        if is_test || is_left_out(path, is_generated) {
            continue;
        }
        let file = ChangedFile {
            path: path.clone(),
            ranges: &change.ranges,
            lines: nodes.get(path).map(|node| &*node.lines),
            source: source.as_ref(),
        };
        files.push(changed_lines(&file));
    }
    files.retain(|file| file.lines.total > 0);
    files
}

fn source(root: &Path, path: &str) -> Option<GoSource> {
    Some(GoSource::new(&read_source(&root.join(path)).ok()?, path))
}
