//! `goscope trace`: what an execution trace says, one file a question.

mod events;
mod footprint;
mod gc;
mod json;
mod mmu;
mod profile;
mod range;
mod read;
mod stw;
mod table;

use clap::Subcommand;
use goscope_parsers::trace::Problem;

use super::failure::Failure;
use super::warn;

pub(super) use profile::SelectionArgs;

const AFTER_HELP: &str = "\
Examples:
  goscope trace stw trace.out                      every pause of the world, and why
  goscope trace gc trace.out --range 1.2s..1.4s    the collector in these 200 ms
  goscope trace mmu trace.out --window 10ms        what it left to the program, at worst
  goscope trace profile trace.out --kind sched -o sched.pb.gz
  goscope svg trace.out --kind sync --region search -o search.svg

Times count from the first event of the trace. Reports take --json (docs/json.md)
and -o FILE. What could not be read of a damaged trace is said on standard error;
the numbers are of what is there.";

/// Arguments of `goscope trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// List the pauses of the world: when, how long, why, by whom
    Stw(stw::StwArgs),
    /// List the cycles of the garbage collector: times, heap, assists, workers, sweeping
    Gc(gc::GcArgs),
    /// Show how much of the CPUs the collector left to the program, at worst, in windows of any length
    Mmu(mmu::MmuArgs),
    /// Write a pprof profile: where goroutines waited for the network, each other, system calls or a P, or ran
    Profile(profile::ProfileArgs),
    /// Print all events in order, as `go tool trace -d=parsed`
    Events(events::EventsArgs),
    /// Print what each type of event takes, as `go tool trace -d=footprint`
    Footprint(footprint::FootprintArgs),
}

/// Prints what was asked for.
pub(super) fn run(args: &TraceArgs) -> Result<(), Failure> {
    match &args.command {
        TraceCommand::Stw(args) => stw::run(args),
        TraceCommand::Gc(args) => gc::run(args),
        TraceCommand::Mmu(args) => mmu::run(args),
        TraceCommand::Profile(args) => profile::run(args),
        TraceCommand::Events(args) => events::run(args),
        TraceCommand::Footprint(args) => footprint::run(args),
    }
}

/// Says what was lost of a trace, after what could be read has been printed.
fn warn_of(problems: &[Problem]) {
    warn(&problems.iter().map(ToString::to_string).collect::<Vec<_>>());
}
