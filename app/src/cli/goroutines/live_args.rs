//! Options of `goscope goroutines` for programs that a debugger holds.

use std::time::Duration;

use anyhow::anyhow;
use goscope_remote::delve::ListLimits;

use crate::cli::failure::Failure;
use crate::live::{LiveInput, LiveWishes, VariableLimits};

/// Frames of one goroutine whose variables are read, where one is asked for.
const FRAMES_OF_ONE: usize = 20;
/// The same for the first goroutine of a group.
const FRAMES_OF_MANY: usize = 3;

/// Options for `dlv:HOST:PORT` and `core:PROGRAM:COREFILE`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Through delve")]
pub(super) struct LiveArgs {
    /// Show variables of the first goroutine of each group
    #[arg(long)]
    locals: bool,
    /// Show this goroutine alone, with its variables
    #[arg(long, value_name = "ID", conflicts_with = "breakpoint")]
    goroutine: Option<u64>,
    /// Wait until this line is reached, and show who reached it, with variables
    #[arg(long = "break", id = "breakpoint", value_name = "FILE:LINE|FUNCTION")]
    breakpoint: Option<String>,
    /// How long to wait for --break
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    wait: u32,
    /// How long the program may stand still; what has not been read by then is left out
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    longest_stop: u32,
    /// Read this many goroutines at most
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_goroutines: u32,
    /// End dlv, too; the program runs on without it
    #[arg(long)]
    detach: bool,
}

impl LiveArgs {
    /// What is asked of a debugger.
    pub(super) fn wishes(&self) -> LiveWishes {
        LiveWishes {
            goroutine: self.goroutine,
            breakpoint: self.breakpoint.clone(),
            wait: Duration::from_secs(self.wait.into()),
            limits: ListLimits {
                goroutines: self.max_goroutines as usize,
                stop: Duration::from_secs(self.longest_stop.into()),
            },
            detaches: self.detach,
        }
    }

    /// Of how much variables are read, where so many groups are shown.
    pub(super) fn variables(&self, shown_groups: usize, is_full: bool, is_at_line: bool) -> VariableLimits {
        let is_one = is_at_line || self.goroutine.is_some() || self.breakpoint.is_some();
        let (groups, frames) = match (is_one, self.locals) {
            (true, _) => (1, FRAMES_OF_ONE),
            (false, true) => (shown_groups, FRAMES_OF_MANY),
            (false, false) => (0, 0),
        };
        VariableLimits { groups, frames, is_full }
    }

    /// A name that waits for a line says what is asked: nothing else can be.
    pub(super) fn check_breakpoints<'a>(
        &self,
        mut inputs: impl Iterator<Item = &'a LiveInput>,
    ) -> Result<(), Failure> {
        let Some(first) = inputs.next() else { return Ok(()) };
        let is_alone = inputs.next().is_none();
        if first.breakpoint().is_some()
            && (self.goroutine.is_some() || self.breakpoint.is_some() || !is_alone)
        {
            return Err(Failure::Usage(anyhow!(
                "dlv:HOST:PORT@FILE:LINE waits for this line: give it alone, without --goroutine and --break"
            )));
        }
        Ok(())
    }

    /// These options mean nothing for texts, and a breakpoint nothing for a core file.
    pub(super) fn check(&self, n_servers: usize, n_cores: usize) -> Result<(), Failure> {
        let used = [
            (self.locals, "--locals"),
            (self.goroutine.is_some(), "--goroutine"),
            (self.breakpoint.is_some(), "--break"),
            (self.detach, "--detach"),
        ];
        let used = used.iter().find(|(is_used, _)| *is_used);
        if let Some((_, option)) = used.filter(|_| n_servers + n_cores == 0) {
            let sentence = format!(
                "{option} needs a debugger: dlv:HOST:PORT or core:PROGRAM:COREFILE; a dump has no variables"
            );
            return Err(Failure::Usage(anyhow!(sentence)));
        }
        if self.breakpoint.is_some() && n_servers == 0 {
            return Err(Failure::Usage(anyhow!(
                "--break needs a program that runs: dlv:HOST:PORT, not a core file"
            )));
        }
        if (self.goroutine.is_some() || self.breakpoint.is_some()) && n_servers + n_cores > 1 {
            return Err(Failure::Usage(anyhow!("--goroutine and --break ask one debugger: give one")));
        }
        Ok(())
    }
}
