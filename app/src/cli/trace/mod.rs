//! `goscope trace`: what an execution trace says, one file a question.

mod events;
mod footprint;
mod gc;
mod goroutine_args;
mod goroutines;
mod json;
mod latency;
mod latency_json;
mod latency_report;
mod latency_text;
mod mmu;
mod problems;
mod profile;
mod read;
mod regions;
mod stw;
mod summary;
mod tasks;
mod time_range;

use clap::Subcommand;

use super::failure::Failure;

pub(super) use profile::SelectionArgs;

const AFTER_HELP: &str = "\
Examples:
  goscope trace summary trace.out                  what goroutines spent their time on, by function
  goscope trace latency trace.out --task checkout  why some take longer than others
  goscope trace tasks trace.out --min 20ms         the slow ones, with when and where
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
    /// Sum up what the goroutines of each start function spent their time on
    Summary(summary::SummaryArgs),
    /// List goroutines: time by state, who created them, who woke them
    Goroutines(goroutines::GoroutinesArgs),
    /// Show what the time of goroutines, tasks or regions went to, the slowest of them, and what blocked them
    Latency(latency::LatencyArgs),
    /// Show how long user tasks take, by type; list them; show one with all that happened in it
    Tasks(tasks::TasksArgs),
    /// Show how long user regions take, by type; list them
    Regions(regions::RegionsArgs),
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
        TraceCommand::Summary(args) => summary::run(args),
        TraceCommand::Goroutines(args) => goroutines::run(args),
        TraceCommand::Latency(args) => latency::run(args),
        TraceCommand::Tasks(args) => tasks::run(args),
        TraceCommand::Regions(args) => regions::run(args),
        TraceCommand::Stw(args) => stw::run(args),
        TraceCommand::Gc(args) => gc::run(args),
        TraceCommand::Mmu(args) => mmu::run(args),
        TraceCommand::Profile(args) => profile::run(args),
        TraceCommand::Events(args) => events::run(args),
        TraceCommand::Footprint(args) => footprint::run(args),
    }
}
