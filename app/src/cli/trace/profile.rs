//! `goscope trace profile`: writes a pprof profile of a trace; `goscope svg TRACE --kind` draws the same.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::trace::profile::{ProfileKind, ProfileRequest, TraceProfiler};
use goscope_parsers::pprof::{Profile, write_profile_gzip};

use super::read::{ReadArgs, TraceFacts};
use super::time_range::TimeRange;
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;

const MORE_HELP: &str = "\
network, sync, syscall and sched are the profiles of `go tool trace -pprof=…`:
same stacks, counts and delays. wall is all the time of all goroutines, block
what of it they were blocked or in system calls; both name the state in a frame
of its own, innermost, and leave out the runtime's own goroutines. cpu has the
samples of the CPU profiler, if it was on, for 10 ms each.

Examples:
  goscope trace profile trace.out --kind sched -o sched.pb.gz
  goscope trace profile trace.out --kind block --goroutine-func main.worker -o w.pb.gz
  goscope trace profile trace.out --kind sync --region search --range 1s..2s -o s.pb.gz";

/// Arguments of `goscope trace profile`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct ProfileArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// What to measure
    #[arg(long, value_enum, value_name = "KIND")]
    kind: KindArg,
    #[command(flatten)]
    goroutines: GoroutineArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// The goroutines and regions that a profile covers.
#[derive(Clone, Debug, clap::Args)]
struct GoroutineArgs {
    /// Only goroutines that run this function, or start in it (its full name, as `main.worker`)
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION")]
    goroutine_func: Option<String>,
    /// Only what happens in regions of this type
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

/// The part of a trace that `goscope svg` draws.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What to look at in a trace")]
pub(crate) struct SelectionArgs {
    /// For an execution trace: what the flame graph shows
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Draw this part of the trace only, e.g. 1.2s..1.4s
    #[arg(long, value_name = "A..B", requires = "kind")]
    range: Option<TimeRange>,
    /// Only goroutines that run this function, or start in it
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION", requires = "kind")]
    goroutine_func: Option<String>,
    /// Only what happens in regions of this type
    #[arg(long, value_name = "REGION", requires = "kind")]
    region: Option<String>,
}

/// What a profile of a trace measures.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// Samples of the CPU profiler
    Cpu,
    /// All time of goroutines, by state
    Wall,
    /// Time blocked: waiting for anything, or in system calls
    Block,
    /// Runnable: waiting for a P
    Sched,
    /// In system calls and C code
    Syscall,
    /// Waiting for the network
    #[value(alias = "net")]
    Network,
    /// Waiting for channels, mutexes, and other goroutines
    Sync,
}

impl From<KindArg> for ProfileKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Cpu => Self::Cpu,
            KindArg::Wall => Self::Wall,
            KindArg::Block => Self::Block,
            KindArg::Sched => Self::Sched,
            KindArg::Syscall => Self::Syscall,
            KindArg::Network => Self::Network,
            KindArg::Sync => Self::Sync,
        }
    }
}

/// Writes the profile.
pub(super) fn run(args: &ProfileArgs) -> Result<(), Failure> {
    let is_to_terminal = args.output.output.is_none() && std::io::stdout().is_terminal();
    if is_to_terminal {
        return Err(Failure::Usage(anyhow!("a profile is binary; use -o FILE, or pipe it")));
    }
    let GoroutineArgs { goroutine_func: function, region } = args.goroutines.clone();
    let request = ProfileRequest { kind: args.kind.into(), function, region, range: None };
    let (facts, profile) = args.read.profile(&request)?;
    args.output.write(|out| write_profile_gzip(&profile, out))?;
    facts.warn();
    Ok(())
}

impl ReadArgs {
    fn profile(&self, request: &ProfileRequest) -> Result<(TraceFacts, Profile), Failure> {
        let mut profiler = None;
        let facts = self.read(|event, tables| {
            let profiler = profiler.get_or_insert_with(|| {
                let range = self.range().map(|range| range.after(event.time));
                TraceProfiler::new(ProfileRequest { range, ..request.clone() })
            });
            profiler.event(event, tables);
        })?;
        let profiler = profiler.unwrap_or_else(|| TraceProfiler::new(request.clone()));
        let profile = profiler.finish(&facts.tables).map_err(|error| {
            Failure::Usage(anyhow::Error::new(error).context(self.file.display().to_string()))
        })?;
        if profile.samples.is_empty() {
            facts.warn();
            return Err(Failure::NoData(anyhow!("{}: {}", self.file.display(), nothing_of(request.kind))));
        }
        Ok((facts, profile))
    }
}

fn nothing_of(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Cpu => "no CPU samples here: the CPU profiler has to be on while the trace is taken",
        ProfileKind::Network => "nothing waited for the network here",
        ProfileKind::Sync => "nothing waited for a channel or a mutex here",
        ProfileKind::Syscall => "there was no system call here",
        ProfileKind::Sched => "nothing waited for a P here",
        ProfileKind::Wall | ProfileKind::Block => "no goroutine but the runtime's own was there",
    }
}

impl SelectionArgs {
    /// The profile of a trace that `goscope svg` draws.
    pub(crate) fn profile(&self, file: &Path, input: &InputArgs) -> Result<Profile, Failure> {
        let Some(kind) = self.kind else {
            let kinds = "cpu, wall, block, sched, syscall, network or sync";
            return Err(Failure::Usage(anyhow!(
                "{}: of a trace, say what to draw: --kind {kinds}",
                file.display()
            )));
        };
        let (function, region) = (self.goroutine_func.clone(), self.region.clone());
        let request = ProfileRequest { kind: kind.into(), function, region, range: None };
        let (facts, profile) = ReadArgs::new(file, self.range, input).profile(&request)?;
        facts.warn();
        Ok(profile)
    }

    /// Whether the options say that the file is a trace.
    pub(crate) fn is_given(&self) -> bool {
        self.kind.is_some()
    }

    /// Rejects these options for a profile, where they have no effect.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        if self.is_given() {
            return Err(Failure::Usage(anyhow!("--kind is for execution traces; this file is a profile")));
        }
        Ok(())
    }
}
