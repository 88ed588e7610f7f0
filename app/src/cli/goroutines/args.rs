//! The command line of `goscope goroutines`.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::dump::{DumpFilter, Grouping};
use goscope_analysis::regex_dialect::compile;
use regex::bytes::Regex;

use super::live_args::LiveArgs;
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;

const MORE_HELP: &str = "\
A dump comes from /debug/pprof/goroutine?debug=2, from SIGQUIT (kill -QUIT, which
ends the program), from runtime.Stack, or from a crash with GOTRACEBACK=all; it may
be in a log, with anything before its lines. Several files are snapshots of one
program: what grows between them, and stays, is a leak.

dlv:HOST:PORT asks the debugger delve, started by `dlv attach PID --headless
--accept-multiclient --continue --api-version=2 --listen=HOST:PORT`. The program
stands still meanwhile, for 0.3 to 2 s for 1,000 goroutines. It is never ended:
it runs on as before, without a breakpoint, also after Ctrl-C.
core:PROGRAM:COREFILE reads a core file through `dlv core`.

Examples:
  goscope goroutines dump.txt                       groups, the largest first
  goscope goroutines 1.txt 2.txt 3.txt              is there a leak?
  goscope goroutines http://localhost:6060/debug/pprof/goroutine?debug=2
  kubectl logs shop-7d9f | goscope goroutines -     the crash in a log
  goscope goroutines dump.txt --min-minutes 5 --state 'chan receive'
  goscope goroutines dump.txt --group label:tenant
  goscope goroutines shop.goscope.zip:goroutine.1.debug2.txt --trace shop.goscope.zip:trace.out
  goscope goroutines --fail-on deadlock,race test.log
  goscope goroutines dlv:localhost:4000 --locals    live, with variables
  goscope goroutines dlv:localhost:4000 --goroutine 52
  goscope goroutines dlv:localhost:4000 --break cart.go:88 --wait 60
  goscope goroutines core:./shop:core.4711

Exit codes: 0 success, 1 a finding of --fail-on, 2 wrong usage, 3 no goroutine, panic
or race report in the text, no debugger there, 4 not enough data (one dump for
--fail-on leak, a breakpoint that nobody reached), 130 Ctrl-C.";

/// Arguments of `goscope goroutines`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(crate) struct GoroutinesArgs {
    /// Dumps, logs with dumps, race reports, or pprof profiles of goroutines (`-`: standard input); several are snapshots
    #[arg(value_name = "FILE|URL|dlv:HOST:PORT", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// What makes goroutines equal: lines, exact (with arguments), functions, creator, label:KEY
    #[arg(long, value_name = "HOW", default_value = "lines")]
    group: String,
    /// Only goroutines in this state, as `select` or `leaked`; may be repeated
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Only goroutines that have not run for N minutes or more
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_minutes: u32,
    /// Only goroutines that ran in the last N minutes
    #[arg(long, value_name = "N")]
    max_minutes: Option<u32>,
    /// Only stacks with a function, file or creator that matches
    #[arg(long, value_name = "REGEXP")]
    focus: Option<String>,
    /// Without stacks with a function, file or creator that matches
    #[arg(long, value_name = "REGEXP")]
    ignore: Option<String>,
    /// Only goroutines with this label
    #[arg(long, value_name = "KEY[=VALUE]")]
    label: Option<String>,
    /// A trace of the same run: what the goroutines of each group did in it
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Show dump N of a text with several (default: the last one)
    #[arg(long, value_name = "N")]
    pub(super) dump: Option<usize>,
    /// Show the first N groups; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
    /// Show all frames, also those of the runtime and the standard library
    #[arg(long)]
    pub(super) full: bool,
    /// Print JSON (docs/json.md)
    #[arg(long, conflicts_with = "markdown")]
    pub(super) json: bool,
    /// Print Markdown, for a comment
    #[arg(long)]
    pub(super) markdown: bool,
    /// Exit with 1 if one of these is found
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub(super) fail_on: Vec<FailOn>,
    #[command(flatten)]
    pub(super) live: LiveArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What `--fail-on` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// A leak that is certain or likely
    Leak,
    /// A deadlock, also a likely one or a hint
    Deadlock,
    /// A data race
    Race,
}

impl GoroutinesArgs {
    pub(super) fn grouping(&self) -> Result<Grouping, Failure> {
        match &*self.group {
            "lines" => Ok(Grouping::Lines),
            "exact" => Ok(Grouping::Exact),
            "functions" => Ok(Grouping::Functions),
            "creator" => Ok(Grouping::Creator),
            other => match other.strip_prefix("label:").filter(|key| !key.is_empty()) {
                Some(key) => Ok(Grouping::Label(key.to_owned())),
                None => Err(Failure::Usage(anyhow!(
                    "--group takes lines, exact, functions, creator or label:KEY, not {other:?}"
                ))),
            },
        }
    }

    pub(super) fn filter(&self) -> Result<DumpFilter, Failure> {
        let label = self.label.as_deref().map(|label| match label.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (label.to_owned(), None),
        });
        Ok(DumpFilter {
            states: self.state.clone(),
            min_minutes: self.min_minutes,
            max_minutes: self.max_minutes,
            focus: pattern("--focus", self.focus.as_deref())?,
            ignore: pattern("--ignore", self.ignore.as_deref())?,
            label,
            label_tests: Vec::new(),
        })
    }
}

fn pattern(option: &str, text: Option<&str>) -> Result<Option<Regex>, Failure> {
    let compiled = text.map(|text| {
        compile(text)
            .map_err(|error| Failure::Usage(anyhow!("{option} {text:?} is no regular expression: {error}")))
    });
    compiled.transpose()
}
