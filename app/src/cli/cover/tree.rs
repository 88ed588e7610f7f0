//! `goscope cover tree`: modules, packages, files and functions, with the statements of their blocks.

use std::fmt::Write as _;

use clap::ValueEnum;
use goscope_analysis::coverage::{CoverageTree, FileNode, Statements};

use super::gate::GateArgs;
use super::input::{CoverInput, Generated};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::report::coverage::json::CoverageJson;
use crate::text;

/// Arguments of `goscope cover tree`.
#[derive(Debug, clap::Args)]
pub(super) struct TreeArgs {
    #[command(flatten)]
    cover: CoverInput,
    /// How deep to go
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "function")]
    depth: Depth,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Levels of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Depth {
    /// Modules
    Module,
    /// Packages of each module
    Package,
    /// Files of each package
    File,
    /// Functions of each file
    Function,
}

/// Prints the tree.
pub(super) fn run(args: &TreeArgs) -> Result<(), Failure> {
    let tree = args.cover.load(Generated::Keep)?.tree();
    if args.json {
        args.output.write_json(&CoverageJson::new(&tree))?;
    } else {
        args.output.write_text(&tree_text(&tree, args.depth))?;
    }
    args.gate.check(&tree)
}

/// The tree as text, a line for each of its parts: percent, covered and all statements, name.
pub(crate) fn tree_text(tree: &CoverageTree, depth: Depth) -> String {
    let mut lines = vec![row(tree.statements, 0, "statements covered")];
    for module in &tree.modules {
        let name = if module.path.is_empty() { "(no module found)" } else { &module.path };
        lines.push(row(module.statements, 0, name));
        for package in module.packages.iter().filter(|_| depth >= Depth::Package) {
            lines.push(row(package.statements, 1, &package.path));
            for file in package.files.iter().filter(|_| depth >= Depth::File) {
                lines.push(row(file.statements, 2, file.base()));
                if depth == Depth::Function {
                    push_functions(&mut lines, file);
                }
            }
        }
    }
    let width = lines.iter().map(|(_, share, _)| share.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (percent, share, name) in lines {
        let _ = writeln!(text, "{percent:>6}  {share:>width$}  {name}");
    }
    text
}

fn push_functions(lines: &mut Vec<Row>, file: &FileNode) {
    for function in &file.functions {
        lines.push(row(function.statements, 3, &format!("{} :{}", function.full_name, function.line)));
    }
    if file.outside.total > 0 && !file.functions.is_empty() {
        lines.push(row(file.outside, 3, "(outside of functions)"));
    }
}

/// Percent, share and the indented name.
type Row = (String, String, String);

fn row(statements: Statements, level: usize, name: &str) -> Row {
    // Of nothing there is no percentage: an empty function is neither good nor bad.
    let percent = match statements.total {
        0 => "-".to_owned(),
        _ => text::percent(statements.percent() / 100.0),
    };
    let share = format!("{}/{}", statements.covered, statements.total);
    (percent, share, format!("{}{}", "  ".repeat(level), text::name(name)))
}
