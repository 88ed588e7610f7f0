//! `goscope trace`: reports on an execution trace, one file each.

mod about;
mod answer_args;
mod blame;
mod blame_matrix;
mod blocked;
mod cohort;
mod cpu;
mod cut;
mod events;
mod findings;
mod footprint;
mod gc;
mod gcbill;
mod goroutine_args;
mod goroutines;
mod heat;
mod json;
mod labels;
mod latency;
mod latency_json;
mod latency_report;
mod latency_text;
mod mmu;
mod problems;
mod profile;
mod read;
mod regions;
mod sched;
mod signals;
mod stw;
mod summary;
mod tasks;
mod time_range;
mod whatif;
mod why;
mod why_json;
mod why_report;
mod why_text;

use clap::Subcommand;

use super::failure::Failure;
use crate::allocator;

pub(super) use profile::SelectionArgs;

const AFTER_HELP: &str = "\
Examples:
  goscope trace why trace.out                      why slow tasks, regions or requests are slow
  goscope trace summary trace.out                  where goroutines spent their time, by function
  goscope trace latency trace.out --task checkout  why some take longer than others
  goscope trace tasks trace.out --min 20ms         the slow ones, with when and where
  goscope trace labels trace.out --key tenant      whose tasks take how long
  goscope trace stw trace.out                      every stop-the-world pause, with its reason
  goscope trace gc trace.out --range 1.2s..1.4s    GC cycles in these 200 ms
  goscope trace mmu trace.out --window 10ms        the smallest share of the Ps left to the program
  goscope trace profile trace.out --kind sched -o sched.pb.gz
  goscope trace cut trace.out --range 1.2s..1.4s -o part.out
  goscope svg trace.out --kind sync --region search -o search.svg

Times count from the first event of the trace. Reports take --json (docs/json.md)
and -o FILE. Problems of a damaged trace are printed on standard error; the numbers
cover what could be read.";

/// Arguments of `goscope trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Say why slow tasks, regions, requests or goroutines are slow: their critical paths across goroutines
    Why(why::WhyArgs),
    /// Say what stands out, most severe first; exit with 1 if that is severe
    Findings(findings::FindingsArgs),
    /// Say who is to blame for waits: who waited where, who ended that, and what went on meanwhile
    Blame(blame::BlameArgs),
    /// Say what slow tasks, regions, requests or goroutines have in common, beside time
    Cohort(cohort::CohortArgs),
    /// Say what would become of tasks, regions, requests or goroutines if a function took less time
    #[command(name = "whatif")]
    WhatIf(whatif::WhatIfArgs),
    /// Say what goroutines that could run waited for: Ps in use, wake-ups, a stopped process; and who had the Ps
    Sched(sched::SchedArgs),
    /// Show where goroutines ran: CPU samples in the exact running time of the trace
    Cpu(cpu::CpuArgs),
    /// Show who pays for the garbage collector and who allocates, by task type, region, endpoint or function
    Gcbill(gcbill::GcBillArgs),
    /// Show latency, traffic, errors and saturation of tasks, regions, requests or goroutines
    Signals(signals::SignalsArgs),
    /// Sum up what the goroutines of each start function spent their time on
    Summary(summary::SummaryArgs),
    /// List goroutines: time by state, what created them, what unblocked them
    Goroutines(goroutines::GoroutinesArgs),
    /// Show where the time of goroutines, tasks or regions went, the slowest of them, and what blocked them
    Latency(latency::LatencyArgs),
    /// Show how long user tasks take, by type; list them; show one with its events
    Tasks(tasks::TasksArgs),
    /// Show what user tasks log, as tenant or cache: how many have each value, and how long they take
    Labels(labels::LabelsArgs),
    /// Show how long user regions take, by type; list them
    Regions(regions::RegionsArgs),
    /// Show what repeats each second and what does not: CPU samples or running Ps, second beside second
    Heat(heat::HeatArgs),
    /// List where goroutines are still blocked at the end, the longest wait first
    Blocked(blocked::BlockedArgs),
    /// List the stop-the-world pauses: start, duration, reason, goroutine
    Stw(stw::StwArgs),
    /// List the GC cycles: times, heap, assists, workers, sweeping
    Gc(gc::GcArgs),
    /// Show minimum mutator utilization: the smallest share of the Ps left to the program, by window length
    Mmu(mmu::MmuArgs),
    /// Write a pprof profile of where goroutines ran, or waited: for a P, each other, the network, system calls
    Profile(profile::ProfileArgs),
    /// Write a range of the trace as a smaller trace, which `go tool trace` opens, too
    Cut(cut::CutArgs),
    /// Print all events in order, as `go tool trace -d=parsed`
    Events(events::EventsArgs),
    /// Print the bytes that each type of event takes, as `go tool trace -d=footprint`
    Footprint(footprint::FootprintArgs),
}

/// Runs the subcommand.
pub(super) fn run(args: &TraceArgs) -> Result<(), Failure> {
    allocator::give_back_large_at_once();
    match &args.command {
        TraceCommand::Why(args) => why::run(args),
        TraceCommand::Findings(args) => findings::run(args),
        TraceCommand::Blame(args) => blame::run(args),
        TraceCommand::Cohort(args) => cohort::run(args),
        TraceCommand::WhatIf(args) => whatif::run(args),
        TraceCommand::Sched(args) => sched::run(args),
        TraceCommand::Cpu(args) => cpu::run(args),
        TraceCommand::Gcbill(args) => gcbill::run(args),
        TraceCommand::Signals(args) => signals::run(args),
        TraceCommand::Summary(args) => summary::run(args),
        TraceCommand::Goroutines(args) => goroutines::run(args),
        TraceCommand::Latency(args) => latency::run(args),
        TraceCommand::Tasks(args) => tasks::run(args),
        TraceCommand::Labels(args) => labels::run(args),
        TraceCommand::Regions(args) => regions::run(args),
        TraceCommand::Heat(args) => heat::run(args),
        TraceCommand::Blocked(args) => blocked::run(args),
        TraceCommand::Stw(args) => stw::run(args),
        TraceCommand::Gc(args) => gc::run(args),
        TraceCommand::Mmu(args) => mmu::run(args),
        TraceCommand::Profile(args) => profile::run(args),
        TraceCommand::Cut(args) => cut::run(args),
        TraceCommand::Events(args) => events::run(args),
        TraceCommand::Footprint(args) => footprint::run(args),
    }
}
