//! The command line of `goscope test`.

use std::path::PathBuf;

use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;

const MORE_HELP: &str = "\
Examples:
  goscope test                                  run the tests of ./...
  goscope test ./web -- -race -run TestServe    with flags of go test
  goscope test --rerun-fails 2 --junit out.xml  run what failed again: is it flaky?
  go test -json ./... > out.json; goscope test out.json

Exit codes: 0 all passed, 1 a test failed or is flaky, 2 wrong usage,
3 a package does not build or the input cannot be read.";

/// Arguments of `goscope test`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(crate) struct TestArgs {
    /// Packages to test (default: ./...), or files with the output of `go test -json` or `go test -v` (`-`: standard input)
    #[arg(value_name = "PACKAGE|FILE")]
    pub(super) names: Vec<String>,
    /// Flags for `go test`
    #[arg(last = true, value_name = "FLAGS")]
    pub(super) flags: Vec<String>,
    /// List the N tests that were active longest
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) slowest: usize,
    /// Run tests that failed again, up to N times
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(super) rerun_fails: u32,
    /// Exit with 0 if what failed passed when it was run again
    #[arg(long)]
    pub(super) allow_flaky: bool,
    /// Also write the results as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Measure coverage, and show it by package
    #[arg(long)]
    pub(super) cover: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Run `go test` in this folder
    #[arg(short = 'C', value_name = "FOLDER", default_value = ".")]
    pub(super) folder: PathBuf,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}
