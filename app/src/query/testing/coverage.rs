//! What tests ran of a program: the profile, the source it is about, and the tree of both. It reads files, so only workers ask
//! it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goscope_analysis::coverage::{
    CoverageTree, FileNode, FunctionCoverage, Statements, coverage_tree, package_of,
};
use goscope_parsers::coverage::CoverageProfile;

use super::code_place::{CodePlace, folders_of};
use crate::coverage_input::FoundSources;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Asks for coverage with its source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CoverageQuery {
    /// From where source is looked for; `None` for the working directory and the folder of the document.
    pub folders: Option<Vec<PathBuf>>,
    /// Files that do not count, by their name in the profile.
    pub exclude: Vec<glob::Pattern>,
    /// Whether files that say that they are generated do not count.
    pub drops_generated: bool,
}

/// Coverage with its source.
#[derive(Debug)]
pub struct Coverage {
    /// The files that count.
    pub profile: Arc<CoverageProfile>,
    /// Their source, and why there is none.
    pub found: FoundSources,
    /// Generated files among all.
    pub n_generated: usize,
}

impl Coverage {
    /// The path of a file as it is below a folder; its name where it was not found there.
    pub fn path_below<'a>(&self, name: &'a str, root: &Path) -> Cow<'a, str> {
        let path = self.found.paths.get(name).and_then(|path| path.canonicalize().ok());
        let below = path.as_ref().and_then(|path| path.strip_prefix(root).ok());
        below.map_or(name.into(), |path| path.to_string_lossy().replace('\\', "/").into())
    }

    /// Modules, packages, files, functions.
    pub fn tree(&self) -> CoverageTree {
        coverage_tree(&self.profile, &self.found.sources)
    }
}

impl Question for CoverageQuery {
    type Answer = Coverage;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Coverage, QuestionError> {
        let all = documents.coverage()?;
        let folders = match &self.folders {
            Some(folders) => folders.clone(),
            // Beside a profile, it is the coverage that says where.
            None => folders_of(
                documents.iter().find(|it| it.coverage().is_some()).ok_or(QuestionError::NoCoverage)?,
            ),
        };
        let found = FoundSources::of(all, &folders);
        let is_generated = |name: &str| {
            let source = found.sources.get(name).and_then(|known| known.source.as_ref());
            source.is_some_and(|source| source.is_generated)
        };
        let is_excluded = |name: &str| self.exclude.iter().any(|pattern| pattern.matches(name));
        let n_generated = all.files.iter().filter(|file| is_generated(&file.name)).count();
        let is_out = |name: &str| is_excluded(name) || self.drops_generated && is_generated(name);
        let profile = if !all.files.iter().any(|file| is_out(&file.name)) {
            Arc::clone(all)
        } else {
            let files = all.files.iter().filter(|file| !is_out(&file.name)).cloned().collect();
            Arc::new(CoverageProfile { mode: all.mode.clone(), files })
        };
        Ok(Coverage { profile, found, n_generated })
    }
}

/// Asks for the tree, and what it comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CoverageTreeQuery {
    /// What counts.
    pub coverage: CoverageQuery,
}

/// The tree, and what it comes to.
#[derive(Debug)]
pub struct CoverageFacts {
    /// The profile and its source.
    pub coverage: Arc<Coverage>,
    /// The tree of both.
    pub tree: CoverageTree,
    /// What it comes to, in a sentence.
    pub sentence: String,
    /// The function with most statements that did not run, as a place.
    pub largest: Option<(String, CodePlace)>,
    /// What is missing, in a sentence.
    pub missing: Option<String>,
}

impl Question for CoverageTreeQuery {
    type Answer = CoverageFacts;
    type Input = CoverageQuery;

    fn input(&self) -> CoverageQuery {
        self.coverage.clone()
    }

    fn answer(&self, _: Documents<'_>, coverage: Arc<Coverage>) -> Result<CoverageFacts, QuestionError> {
        let tree = coverage.tree();
        let largest = largest_uncovered(&tree);
        let place = largest.map(|(file, function)| {
            (qualified(file, function), CodePlace::in_file(&file.name, function.line))
        });
        let sentence = sentence(tree.statements, largest);
        let missing = missing(&coverage);
        Ok(CoverageFacts { coverage, tree, sentence, largest: place, missing })
    }
}

/// The function with most statements that did not run; of several the first.
fn largest_uncovered(tree: &CoverageTree) -> Option<(&FileNode, &FunctionCoverage)> {
    let functions = tree.files().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let uncovered = functions.filter(|(_, function)| function.statements.uncovered() > 0);
    uncovered.min_by_key(|(_, function)| std::cmp::Reverse(function.statements.uncovered()))
}

/// A function with the last part of its package: `cart.(*Cart).Add`.
pub fn qualified(file: &FileNode, function: &FunctionCoverage) -> String {
    let package = package_of(&file.name);
    format!("{}.{}", package.rsplit('/').next().unwrap_or(package), function.full_name)
}

fn sentence(all: Statements, largest: Option<(&FileNode, &FunctionCoverage)>) -> String {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    if all.total == 0 {
        return "There are no statements in this profile".to_owned();
    }
    let statements = text::counted(count(all.total), "statement");
    let verb = if all.total == 1 { "is" } else { "are" };
    let covered = format!("{} of {statements} {verb} covered", text::percent(all.percent() / 100.0));
    match largest {
        None if all.uncovered() == 0 => covered,
        None => format!("{covered}; in which functions is not known without source"),
        Some((file, function)) => {
            let Statements { total, .. } = function.statements;
            let uncovered = text::count(count(function.statements.uncovered()));
            let name = text::name(&qualified(file, function));
            format!(
                "{covered}; the largest uncovered function is {name}, {uncovered} of {}",
                text::count(count(total))
            )
        }
    }
}

/// Files without source, in a sentence.
fn missing(coverage: &Coverage) -> Option<String> {
    let is_there = |name: &&String| coverage.profile.files.iter().any(|file| file.name == **name);
    let missing: Vec<&String> = coverage.found.missing.keys().filter(is_there).collect();
    match missing.as_slice() {
        [] => None,
        [one] => Some(format!("There is no source of {}: its functions are not known.", text::name(one))),
        [first, rest @ ..] => Some(format!(
            "There is no source of {} and {} more: their functions are not known. Start goscope inside the module.",
            text::name(first),
            text::counted(rest.len(), "file")
        )),
    }
}
