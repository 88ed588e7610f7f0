//! What of a Go program its tests ran: by function as `go tool cover -func` counts, as a tree, by line, of changed lines.
//!
//! ```text
//! CoverageProfile ─┐                    ┌─► func_report      the bytes of go tool cover -func
//!                  ├─► FileCoverage ────┼─► coverage_tree    modules, packages, files, functions, lines
//! Go source ─► GoSource: functions,     └─► changed_lines    what a change leaves uncovered
//!              where there is code
//! ```
//!
//! Statements are counted by blocks; lines are made from blocks and the words of the source.

mod changed;
mod func_report;
mod functions;
mod go_source;
mod lines;
mod statements;
mod tree;

pub use changed::{ChangedFile, ChangedLines, FileChange, changed_lines, parse_hunks};
pub use func_report::{FuncReport, FuncRow};
pub use functions::{FunctionCoverage, file_functions, outside_functions};
pub use go_source::{GoFunction, GoSource};
pub use lines::{LineCoverage, line_coverage, uncovered_ranges};
pub use statements::Statements;
pub use tree::{
    CoverageTree, FileNode, ModuleNode, PackageNode, SourceFile, Sources, coverage_tree, package_of,
};
