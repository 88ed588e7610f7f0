//! Coverage as a tree: modules, packages, files, functions. Statements are counted by blocks.

use std::collections::BTreeMap;

use goscope_parsers::coverage::{CoverageProfile, FileCoverage, Mode};

use super::functions::{FunctionCoverage, file_functions, outside_functions};
use super::go_source::GoSource;
use super::lines::{LineCoverage, line_coverage, uncovered_ranges};
use super::statements::Statements;

/// What is known of a file beside its profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// The path of its module; empty where none is known.
    pub module: String,
    /// Its functions and lines; `None` where there is no source.
    pub source: Option<GoSource>,
}

/// Files by their names in the profile.
pub type Sources = BTreeMap<String, SourceFile>;

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageTree {
    /// What counts mean; `set` of an empty profile.
    pub mode: Mode,
    /// The sum.
    pub statements: Statements,
    /// By path; files of unknown modules under an empty one.
    pub modules: Vec<ModuleNode>,
}

/// A module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleNode {
    /// Its path; empty where none is known.
    pub path: String,
    /// The sum of its packages.
    pub statements: Statements,
    /// By import path.
    pub packages: Vec<PackageNode>,
}

/// A package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageNode {
    /// Its import path, or its folder.
    pub path: String,
    /// The sum of its files.
    pub statements: Statements,
    /// By name.
    pub files: Vec<FileNode>,
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNode {
    /// As the profile names it.
    pub name: String,
    /// The sum of its blocks.
    pub statements: Statements,
    /// In the order of its source; none where there is no source.
    pub functions: Vec<FunctionCoverage>,
    /// Statements in no function; all where there is no source.
    pub outside: Statements,
    /// Lines that can run.
    pub lines: Vec<LineCoverage>,
    /// First and last line of what did not run.
    pub uncovered: Vec<[u32; 2]>,
}

impl FileNode {
    fn new(file: &FileCoverage, source: Option<&GoSource>) -> Self {
        let statements = file.blocks.iter().map(Statements::of).sum();
        let lines = line_coverage(file, source);
        let uncovered = uncovered_ranges(&lines, source);
        let functions = source.map(|source| file_functions(file, source)).unwrap_or_default();
        let outside = source.map_or(statements, |source| outside_functions(file, source));
        Self { name: file.name.clone(), statements, functions, outside, lines, uncovered }
    }

    /// Its name without the package.
    pub fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// The package of a file: all before its last `/`.
pub fn package_of(file: &str) -> &str {
    file.rsplit_once('/').map_or(".", |(package, _)| package)
}

impl CoverageTree {
    /// All files, in the order of the tree.
    pub fn files(&self) -> impl Iterator<Item = &FileNode> {
        self.modules.iter().flat_map(|module| &module.packages).flat_map(|package| &package.files)
    }
}

/// Builds the tree.
pub fn coverage_tree(profile: &CoverageProfile, sources: &Sources) -> CoverageTree {
    let mut packages: BTreeMap<(&str, &str), PackageNode> = BTreeMap::new();
    for file in &profile.files {
        let known = sources.get(&file.name);
        let module = known.map_or("", |known| &*known.module);
        let path = package_of(&file.name);
        let package = packages.entry((module, path)).or_default();
        let node = FileNode::new(file, known.and_then(|known| known.source.as_ref()));
        package.statements += node.statements;
        package.files.push(node);
    }
    let mut modules: Vec<ModuleNode> = Vec::new();
    for ((module, path), mut package) in packages {
        path.clone_into(&mut package.path);
        if modules.last().is_none_or(|last| last.path != module) {
            modules.push(ModuleNode { path: module.to_owned(), ..ModuleNode::default() });
        }
        if let Some(module) = modules.last_mut() {
            module.statements += package.statements;
            module.packages.push(package);
        }
    }
    let statements = modules.iter().map(|module| module.statements).sum();
    CoverageTree { mode: profile.mode.clone().unwrap_or_else(|| Mode::new("set")), statements, modules }
}
