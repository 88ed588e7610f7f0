//! Coverage as JSON. The schema is written down in docs/json.md.

use goscope_analysis::coverage::{CoverageTree, FileNode, FunctionCoverage, Statements};
use serde::Serialize;

/// Coverage: statements by blocks, lines by `[first, last]`.
#[derive(Debug, Serialize)]
pub struct CoverageJson<'t> {
    schema: &'static str,
    mode: &'t str,
    #[serde(flatten)]
    statements: StatementsJson,
    packages: Vec<PackageJson<'t>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct StatementsJson {
    statements: u64,
    covered: u64,
}

#[derive(Debug, Serialize)]
struct PackageJson<'t> {
    path: &'t str,
    module: &'t str,
    #[serde(flatten)]
    statements: StatementsJson,
    files: Vec<FileJson<'t>>,
}

#[derive(Debug, Serialize)]
struct FileJson<'t> {
    path: &'t str,
    #[serde(flatten)]
    statements: StatementsJson,
    lines: u64,
    covered_lines: u64,
    functions: Vec<FunctionJson<'t>>,
    uncovered: &'t [[u32; 2]],
}

#[derive(Debug, Serialize)]
struct FunctionJson<'t> {
    name: &'t str,
    line: u32,
    end_line: u32,
    #[serde(flatten)]
    statements: StatementsJson,
}

impl<'t> CoverageJson<'t> {
    /// All of a tree.
    pub fn new(tree: &'t CoverageTree) -> Self {
        let packages = tree.modules.iter().flat_map(|module| {
            module.packages.iter().map(|package| PackageJson {
                path: &package.path,
                module: &module.path,
                statements: package.statements.into(),
                files: package.files.iter().map(FileJson::new).collect(),
            })
        });
        Self {
            schema: "goscope.cover/1",
            mode: tree.mode.word(),
            statements: tree.statements.into(),
            packages: packages.collect(),
        }
    }
}

impl From<Statements> for StatementsJson {
    fn from(statements: Statements) -> Self {
        Self { statements: statements.total, covered: statements.covered }
    }
}

impl<'t> FileJson<'t> {
    fn new(file: &'t FileNode) -> Self {
        let lines = Statements::of_lines(&file.lines);
        Self {
            path: &file.name,
            statements: file.statements.into(),
            lines: lines.total,
            covered_lines: lines.covered,
            functions: file.functions.iter().map(FunctionJson::new).collect(),
            uncovered: &file.uncovered,
        }
    }
}

impl<'t> FunctionJson<'t> {
    fn new(function: &'t FunctionCoverage) -> Self {
        Self {
            name: &function.full_name,
            line: function.line,
            end_line: function.end_line,
            statements: function.statements.into(),
        }
    }
}
