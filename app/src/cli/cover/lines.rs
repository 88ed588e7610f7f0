//! `goscope cover lines`: what did not run, as places that an editor opens.

use std::fmt::Write as _;

use goscope_analysis::coverage::{CoverageTree, FileNode, Statements};

use super::input::{CoverInput, Generated, Loaded};
use super::report_args::ReportArgs;
use crate::cli::failure::Failure;
use crate::report::coverage::json::CoverageJson;
use crate::text;

/// Prints the lines.
pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let loaded = args.cover.load(Generated::Keep)?;
    let tree = loaded.tree();
    if args.json {
        args.output.write_json(&CoverageJson::new(&tree))?;
    } else {
        args.output.write_text(&lines_text(&loaded, &tree, &args.cover))?;
    }
    args.gate.check(&tree)
}

fn lines_text(loaded: &Loaded, tree: &CoverageTree, cover: &CoverInput) -> String {
    let folder = cover.scope.folder.canonicalize().unwrap_or_else(|_| cover.scope.folder.clone());
    let mut printed = String::new();
    for file in tree.files() {
        let path = loaded.path_below(&file.name, &folder);
        for range in &file.uncovered {
            let _ = writeln!(printed, "{}:{}", text::name(&path), range_text(*range, file));
        }
    }
    let lines: Statements = tree.files().map(|file| Statements::of_lines(&file.lines)).sum();
    let _ = writeln!(printed, "{} of lines covered ({} of {})", percent(lines), lines.covered, lines.total);
    printed
}

fn percent(lines: Statements) -> String {
    if lines.total == 0 { "-".to_owned() } else { text::percent(lines.percent() / 100.0) }
}

/// `12-15` and the function that the lines are in.
fn range_text([first, last]: [u32; 2], file: &FileNode) -> String {
    let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
    let function =
        file.functions.iter().find(|function| (function.line..=function.end_line).contains(&first));
    function.map_or_else(|| lines.clone(), |function| format!("{lines}  {}", text::name(&function.full_name)))
}
