//! `goscope cover func`: the bytes of `go tool cover -func`.
//!
//! As Go's tool does, it stops at the first file without source, after the rows of the files before it. `goscope cover tree`
//! goes on without.

use anyhow::anyhow;
use goscope_analysis::coverage::{FuncReport, FuncRow, file_functions};
use goscope_parsers::printable;

use super::input::{Generated, Loaded};
use super::report_args::ReportArgs;
use crate::cli::failure::Failure;
use crate::report::coverage::json::CoverageJson;

/// Prints the report.
pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let loaded = args.cover.load(Generated::Keep)?;
    if args.json {
        let tree = loaded.tree();
        args.output.write_json(&CoverageJson::new(&tree))?;
        return args.gate.check(&tree);
    }
    let (report, missing) = report(&loaded);
    args.output.write_text(&report.text(missing.is_none()))?;
    if let Some(missing) = missing {
        return Err(Failure::Input(anyhow!("{missing}; goscope cover tree goes on without it")));
    }
    if args.gate.is_set() { args.gate.check(&loaded.tree()) } else { Ok(()) }
}

/// The rows up to the first file without source, and what is wrong with that.
fn report(loaded: &Loaded) -> (FuncReport, Option<&String>) {
    let mut report = FuncReport::default();
    for file in &loaded.profile.files {
        let source = loaded.found.sources.get(&file.name).and_then(|known| known.source.as_ref());
        let Some(source) = source else { return (report, loaded.found.missing.get(&file.name)) };
        report.rows.extend(file_functions(file, source).into_iter().map(|function| FuncRow {
            file: printable(&file.name).into_owned(),
            line: function.line,
            name: printable(&function.name).into_owned(),
            statements: function.statements,
        }));
    }
    (report, None)
}
