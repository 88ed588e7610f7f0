//! What both recorded and live results print.

use std::io::{self, Write};

use goscope_analysis::test_results::TestRun;

use super::args::TestArgs;
use crate::report::test_results::json::TestRunJson;
use crate::report::test_results::text::{package_line, summary};

/// The lines of all packages.
pub(super) fn write_packages(run: &TestRun, out: &mut dyn Write) -> io::Result<()> {
    run.packages.iter().try_for_each(|package| out.write_all(package_line(package).as_bytes()))
}

/// The end of the text, or all of the JSON.
pub(super) fn finish(args: &TestArgs, run: &TestRun, out: &mut dyn Write) -> io::Result<()> {
    if !args.json {
        return out.write_all(summary(run, args.slowest).as_bytes());
    }
    goscope_parsers::write_json_indented(out, &TestRunJson::new(run))?;
    out.write_all(b"\n")
}
