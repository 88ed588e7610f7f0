//! `goscope pprof`: takes the command line of `go tool pprof` and prints the same reports.
//!
//! ```text
//! arguments ─► flags ─► fetch: read, merge, take a base off ─► report ─► text, file, picture, window
//!                └────► settings ◄── prompt ◄── editor
//! ```

mod commands;
mod editor;
mod fetch;
mod flags;
mod line;
mod outlet;
mod prompt;
mod report;
mod settings;
mod usage;
mod window;

use std::ffi::OsString;

use super::failure::{Failure, warn};
use super::output::OutputArgs;
use report::Reporter;
use settings::Mode;

/// Arguments of `goscope pprof`, parsed in `flags` and not by clap: pprof's flags have one dash.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct PprofArgs {
    /// Arguments of `go tool pprof`; `goscope pprof -h` explains them
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Does what `go tool pprof` does with these arguments.
pub(super) fn run(args: &PprofArgs) -> Result<(), Failure> {
    let invocation = flags::parse(args.arguments.iter().cloned()).map_err(Failure::Usage)?;
    if invocation.is_help_wanted {
        return OutputArgs { output: None }.write_text(&usage::command_line_help());
    }
    warn(&invocation.warnings);
    let fetched = fetch::fetch(&invocation.inputs, invocation.settings.normalize)?;
    warn(&fetched.warnings);
    let is_prompt = invocation.report.is_none() && !invocation.is_window_wanted;
    let mode = if is_prompt { Mode::Prompt } else { Mode::Once };
    let reporter = Reporter { profile: &fetched.profile, inputs: &invocation.inputs, mode };
    match &invocation.report {
        Some(report) => reporter.run(report, &invocation.settings),
        None if invocation.is_window_wanted => window::open(&fetched.profile, &invocation.inputs, mode),
        None => prompt::run(&reporter, invocation.settings),
    }
}

/// Adds to the definition of `goscope pprof` the flags that it takes, for completions and manual pages.
pub(super) fn with_flags(command: clap::Command) -> clap::Command {
    command.args(usage::flags()).after_help(usage::inputs_help())
}
