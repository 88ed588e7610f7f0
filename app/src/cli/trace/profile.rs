//! `goscope trace profile`: writes a pprof profile of a trace; `goscope svg TRACE --kind` draws the same.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::trace::answers::cpu_widths::cpu_flame;
use goscope_analysis::trace::answers::flame::{AnswerFlame, blame_flame, path_flame};
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::folds::profile::{ProfileKind, ProfileRequest, TraceProfiler};
use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines};
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind};
use goscope_analysis::trace::questions::profile::{
    FlameKind, check_function, flame_profile, flame_profile_of, time_in_regions,
};
use goscope_analysis::trace::words::no_such_name::NoSuchName;
use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{Profile, write_profile_gzip};
use goscope_parsers::trace::{Event, Problem, Tables};

use super::about::{Narrow, function_arg, range_arg};
use super::problems::warn_of_loss;
use super::read::{ModelFacts, ReadArgs};
use crate::cli::args::IdleArg;
use crate::cli::failure::{Failure, warn};
use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;
use crate::input_bytes::shown_name;
use crate::query::trace::flame_profile::blame_scope;
use crate::query::trace::handle::Handle;

const MORE_HELP: &str = "\
network, sync, syscall and sched are the profiles of `go tool trace -pprof=…`:
same stacks, counts and delays. wall is all the time of all goroutines, block
the part of it in which they were blocked or in system calls; both name the
state in a frame of its own, the outermost one, and leave out the runtime's own
goroutines. What they add up to is what `goscope trace latency` says; `--idle hide`
leaves out of both who only waited during the whole trace. cpu has all
running time, divided among the samples of the CPU profiler as `goscope trace cpu`
does it: widths add up to it exactly. In a region samples count 10 ms each. wall
shows with samples where running time went.

blame and path are about tasks, else regions, else requests, or the goroutines
and regions that are named. blame has who waits for whom: the stack of a waiter,
then what it waits for, then the stack of the goroutine that woke it, upside
down, and what went on meanwhile. path has their critical paths: what was done,
where the task waited meanwhile, and the stack of whoever did it.

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
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION", value_parser = function_arg)]
    goroutine_func: Option<String>,
    /// Only what happens in regions of this type
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Of wall and block: whether goroutines that did next to nothing count; hide is what the window does
    #[arg(long, value_enum, value_name = "WHETHER", conflicts_with_all = ["goroutine_func", "region"])]
    idle: Option<IdleArg>,
}

/// The part of a trace that `goscope svg` draws.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What to look at in a trace")]
pub(crate) struct SelectionArgs {
    /// Only about this: g:412, task:51, region:17, func:main.worker, g:412@1.2s..1.3s, 1.2s or 1.2s..1.4s
    #[arg(value_name = "HANDLE", requires = "kind")]
    about: Option<Handle>,
    /// For an execution trace: what the flame graph shows
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Draw this part of the trace only, e.g. 1.2s..1.4s
    #[arg(long, value_name = "A..B", requires = "kind", value_parser = range_arg)]
    range: Option<Handle>,
    /// Only goroutines that run this function, or start in it
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION", requires = "kind", value_parser = function_arg)]
    goroutine_func: Option<String>,
    /// Only what happens in regions of this type
    #[arg(long, value_name = "REGION", requires = "kind")]
    region: Option<String>,
    /// Of wall and block: whether goroutines that did next to nothing count; hide is what the window does
    #[arg(long, value_enum, value_name = "WHETHER", requires = "kind", conflicts_with_all = ["goroutine_func", "region"])]
    idle: Option<IdleArg>,
}

/// What a profile of a trace measures.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// Running time, where samples of the CPU profiler say it went
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
    /// Who waits for whom, of tasks, regions or requests
    Blame,
    /// What the critical paths of tasks, regions or requests are made of
    Path,
}

/// How a profile is made.
enum Way {
    /// As the window does it, from the model of the trace.
    Flame(FlameKind),
    /// As Go does it, from event to event.
    Go(ProfileKind),
    /// Running time, where CPU samples say it went.
    Cpu,
    /// From critical paths.
    Answer(AnswerFlame),
}

impl KindArg {
    const fn way(self) -> Way {
        match self {
            Self::Cpu => Way::Cpu,
            Self::Wall => Way::Flame(FlameKind::Wall),
            Self::Block => Way::Flame(FlameKind::Blocked),
            Self::Sched => Way::Go(ProfileKind::Sched),
            Self::Syscall => Way::Go(ProfileKind::Syscall),
            Self::Network => Way::Go(ProfileKind::Network),
            Self::Sync => Way::Go(ProfileKind::Sync),
            Self::Blame => Way::Answer(AnswerFlame::Blame),
            Self::Path => Way::Answer(AnswerFlame::CriticalPath),
        }
    }

    /// What is said where there is nothing of it.
    const fn nothing(self) -> &'static str {
        match self {
            Self::Cpu => "no CPU samples here: the CPU profiler has to be on while the trace is taken",
            Self::Network => "nothing waited for the network here",
            Self::Sync => "nothing waited for a channel or a mutex here",
            Self::Syscall => "there was no system call here",
            Self::Sched => "nothing waited for a P here",
            Self::Blame => "nothing that this is about waited for anything here",
            Self::Path => "there is no complete task, region or request here; name a function or a region",
            Self::Wall | Self::Block => "no goroutine but the runtime's own was there",
        }
    }
}

/// Writes the profile.
pub(super) fn run(args: &ProfileArgs) -> Result<(), Failure> {
    let is_to_terminal = args.output.output.is_none() && std::io::stdout().is_terminal();
    if is_to_terminal {
        return Err(Failure::Usage(anyhow!("a profile is binary; use -o FILE, or pipe it")));
    }
    let (profile, loss) = args.read.profile(args.kind, &args.goroutines)?;
    args.output.write(|out| write_profile_gzip(&profile, out))?;
    loss.warn();
    Ok(())
}

/// What is wrong with a trace, to be said at the end.
struct Loss {
    /// What it does not have of what was asked for.
    note: Option<String>,
    problems: Vec<Problem>,
    share: f64,
}

impl Loss {
    fn of(facts: &ModelFacts) -> Self {
        let (problems, share) = (facts.model().problems().to_vec(), facts.model().lost_share());
        Self { note: facts.about.note.clone(), problems, share }
    }

    fn warn(&self) {
        warn(self.note.as_slice());
        warn_of_loss(&self.problems, self.share);
    }
}

impl ReadArgs {
    fn profile(&self, kind: KindArg, goroutines: &GoroutineArgs) -> Result<(Profile, Loss), Failure> {
        if goroutines.idle.is_some() && !matches!(kind, KindArg::Wall | KindArg::Block) {
            return Err(self.wrong_usage("--idle is for --kind wall and block"));
        }
        let (profile, loss) = match kind.way() {
            Way::Flame(flame) => {
                let facts = self.model(Narrow::Goroutines)?;
                (flame_of(&facts, flame, goroutines), Loss::of(&facts))
            }
            Way::Cpu => {
                let facts = self.model(Narrow::Goroutines)?;
                (cpu_of(&facts, goroutines), Loss::of(&facts))
            }
            Way::Answer(flame) => {
                if goroutines.region.is_some() && goroutines.goroutine_func.is_some() {
                    let what = "--kind blame and path are about regions or goroutines: give one of --region and \
                                --goroutine-func";
                    return Err(self.wrong_usage(what));
                }
                let facts = self.model(Narrow::Instances)?;
                let has_option = goroutines.region.is_some() || goroutines.goroutine_func.is_some();
                if let Some(handle) = self.about().filter(|_| has_option && facts.about.population.is_some())
                {
                    let what = format!("give either {handle} or one of --region and --goroutine-func");
                    return Err(self.wrong_usage(&what));
                }
                (answer_flame_of(&facts, flame, goroutines), Loss::of(&facts))
            }
            Way::Go(kind) => self.profile_like_go(kind, goroutines)?,
        };
        let profile = profile
            .map_err(|error| Failure::Usage(anyhow::Error::new(error).context(shown_name(&self.file))))?;
        if profile.samples.is_empty() {
            loss.warn();
            return Err(self.no_data(kind.nothing()));
        }
        Ok((profile, loss))
    }

    fn profile_like_go(
        &self,
        kind: ProfileKind,
        goroutines: &GoroutineArgs,
    ) -> Result<(Result<Profile, NoSuchName>, Loss), Failure> {
        let GoroutineArgs { goroutine_func, region, .. } = goroutines.clone();
        let function = goroutine_func.or_else(|| match self.about() {
            Some(Handle::Function(function)) => Some(function.clone()),
            _ => None,
        });
        if let Some(handle @ (Handle::One(_) | Handle::Lock(_))) = self.about() {
            let kinds = "--kind network, sync, syscall and sched count as Go does";
            let what = format!("{handle}: {kinds}, by function and time; --kind block and wall take it");
            return Err(self.wrong_usage(&what));
        }
        let request = ProfileRequest { kind, function, region, range: None };
        let mut profiler = None;
        let facts = self.read_after(|times| {
            let (profiler, request) = (&mut profiler, &request);
            move |event: &Event, tables: &Tables| {
                let profiler = profiler.get_or_insert_with(|| {
                    let range = times.map(|times| times.after(event.time));
                    TraceProfiler::new(ProfileRequest { range, ..request.clone() })
                });
                profiler.event(event, tables);
            }
        })?;
        let profiler = profiler.unwrap_or_else(|| TraceProfiler::new(request));
        let profile = profiler.finish(&facts.tables);
        Ok((profile, Loss { note: None, problems: facts.problems, share: facts.lost_share }))
    }
}

/// What the window shows of the same goroutines and time.
fn flame_of(facts: &ModelFacts, kind: FlameKind, goroutines: &GoroutineArgs) -> Result<Profile, NoSuchName> {
    let (model, range) = (facts.model(), &facts.part.range);
    let function = goroutines.goroutine_func.clone().or_else(|| facts.about.function.clone());
    let idle = goroutines.idle.map_or(IdleGoroutines::default(), Into::into);
    let filter =
        GoroutineFilter { function, goid: facts.about.goroutine, idle, ..GoroutineFilter::default() };
    check_function(model, &filter)?;
    if let Some(region) = &goroutines.region {
        return Ok(flame_profile_of(model, &time_in_regions(model, region, &filter, range)?, kind, range));
    }
    let range = Some(range.clone());
    let filter = InstanceFilter { kind: InstanceKind::Goroutines, range, goroutines: filter, nanos: None };
    Ok(flame_profile(model, &filter, kind))
}

/// Running time in exact widths, as `goscope trace cpu` has it; in regions, samples for 10 ms each.
fn cpu_of(facts: &ModelFacts, goroutines: &GoroutineArgs) -> Result<Profile, NoSuchName> {
    if goroutines.region.is_some() {
        return flame_of(facts, FlameKind::Cpu, goroutines);
    }
    let (model, range) = (facts.model(), &facts.part.range);
    let function = goroutines.goroutine_func.clone().or_else(|| facts.about.function.clone());
    let filter = GoroutineFilter { function, goid: facts.about.goroutine, ..GoroutineFilter::default() };
    check_function(model, &filter)?;
    Ok(cpu_flame(model, range, Some(&filter.select(model, range))))
}

/// What the window shows of the same instances and time.
fn answer_flame_of(
    facts: &ModelFacts,
    flame: AnswerFlame,
    goroutines: &GoroutineArgs,
) -> Result<Profile, NoSuchName> {
    let (model, range) = (facts.model(), &facts.part.range);
    let GoroutineArgs { goroutine_func: function, region, .. } = goroutines.clone();
    let filter = GoroutineFilter { function: function.clone(), ..GoroutineFilter::default() };
    check_function(model, &filter)?;
    if let Some(name) = &region {
        // Only to refuse a name that no region has.
        time_in_regions(model, name, &filter, range)?;
    }
    let region = region.map(|name| Population::Regions(Some(name)));
    let population = region.or_else(|| function.map(Population::Goroutines));
    let population = population.or_else(|| facts.about.population.clone());
    Ok(match flame {
        AnswerFlame::Blame => blame_flame(model, &blame_scope(model, population), range),
        AnswerFlame::CriticalPath => population
            .or_else(|| Population::of_trace(model))
            .map_or_else(Profile::default, |population| path_flame(model, &population, range, None)),
    })
}

impl SelectionArgs {
    /// The profile of a trace that `goscope svg` draws.
    pub(crate) fn profile(
        &self,
        file: &Path,
        bytes: FileBytes,
        input: &InputArgs,
    ) -> Result<Profile, Failure> {
        let Some(kind) = self.kind else {
            let kinds = "cpu, wall, block, sched, syscall, network, sync, blame or path";
            return Err(Failure::Usage(anyhow!(
                "{}: of a trace, say what to draw: --kind {kinds}",
                shown_name(file)
            )));
        };
        let (goroutine_func, region) = (self.goroutine_func.clone(), self.region.clone());
        let goroutines = GoroutineArgs { goroutine_func, region, idle: self.idle };
        let (profile, loss) =
            ReadArgs::of_opened(file, bytes, (self.about.clone(), self.range.clone()), input)
                .profile(kind, &goroutines)?;
        loss.warn();
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
