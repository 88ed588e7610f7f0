//! What goroutines that could run waited for, and who had the Ps meanwhile.
//!
//! ```text
//! runnable of the program   starved │ lost P │ wake-up │ stw │ throttled      adds up to all of it
//! who had the Ps            main.crunch ████████  main.serve ██               while one could run and none was free
//! CPU samples               expected: one each 10 ms of running               fewer: what "runs" waits for a CPU
//! ```
//!
//! What is measured is in [`ProcTime`](crate::trace::proc_time::ProcTime); here it is summed up for a range of time, and
//! judged. The idea of asking who had the CPU meanwhile is that of Linux' `perf sched` and BCC's `runqlat`.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::facts::Facts;
use super::gaps::Gaps;
use super::instances::answer_instances;
use super::population::Population;
use super::runnable::{RunnableTime, add_ready, is_after_syscall, runnable_in};
use crate::histogram::DurationHistogram;
use crate::trace::model::{TraceModel, nanos_between};
use crate::trace::proc_time::Contention;
use crate::trace::questions::state_nanos::state_nanos;
use crate::trace::words::cause::SpanState;
use crate::trace::words::runtime_goroutine::{is_gc_worker, is_runtime_goroutine};
use crate::trace::words::time::{SAMPLE_PERIOD_NANOS, add_up, overlap_nanos};

/// Goroutines that one worker takes up at once.
const AT_ONCE: usize = 64;

/// Who had Ps while a goroutine of the program could run and none was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PsOf {
    /// The function that these goroutines run.
    pub function: StringId,
    /// For how long, in P-nanoseconds: two Ps for a nanosecond are two.
    pub nanos: u64,
}

/// What a group of instances waited for a P that was idle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WakeupShare {
    /// The name of the instances: task type, region, endpoint.
    pub name: StringId,
    /// The part of their time, in 0..=1.
    pub share: f64,
}

/// Fewer samples, expected, say too little: 2 / √100 = 20 % is the noise of so many.
const LEAST_EXPECTED: f64 = 100.0;

/// What is said about the scheduler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SchedulerVerdict {
    /// Nearly all Ps are in use, and goroutines of the program wait for one this part of the time that they run or could.
    Saturated {
        /// In 0..=1.
        share: f64,
    },
    /// Goroutines wait for a P that is idle.
    SlowWakeups {
        /// As long as one of a hundred, or longer.
        p99_nanos: u64,
        /// Those whom it hurts most; `None` in a trace without tasks, regions and requests.
        group: Option<WakeupShare>,
    },
    /// The process as a whole does not run for a part of the time.
    Stopped {
        /// In 0..=1.
        share: f64,
    },
    /// What "runs" waits for a CPU.
    ProcsAboveCpus {
        /// The part of running that samples confirm.
        ratio: f64,
    },
    /// There are CPUs for more.
    ProcsTooFew {
        /// The part of running that samples confirm.
        ratio: f64,
    },
    /// The Ps have little to do.
    Idle {
        /// The part of their time that they are in use.
        share: f64,
    },
}

impl SchedulerVerdict {
    /// A word for scripts.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Saturated { .. } => "saturated",
            Self::SlowWakeups { .. } => "slow_wakeups",
            Self::Stopped { .. } => "stopped",
            Self::ProcsAboveCpus { .. } => "gomaxprocs_above_cpus",
            Self::ProcsTooFew { .. } => "gomaxprocs_too_small",
            Self::Idle { .. } => "idle",
        }
    }
}

/// What the scheduler did in a range of time.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    /// How long the range is, in nanoseconds.
    pub nanos: u64,
    /// The last number of Ps in the range; `None` where the trace does not say.
    pub gomaxprocs: Option<u64>,
    /// What Ps there are, in P-nanoseconds.
    pub proc_nanos: u64,
    /// In which a goroutine runs, or is in a system call with its P at hand.
    pub busy_nanos: u64,
    /// In which a goroutine runs.
    pub running_nanos: u64,
    /// In which a goroutine of the program runs.
    pub user_running_nanos: u64,
    /// In which a goroutine "runs" while the process as a whole does not.
    pub running_in_gaps_nanos: u64,
    /// In which a worker of the garbage collector runs, or a goroutine that assists it.
    pub gc_nanos: u64,
    /// What goroutines of the program waited for that could run.
    pub runnable: RunnableTime,
    /// How long each of them waited for a P.
    pub latency: DurationHistogram,
    /// The parts of these in which a P was idle.
    pub wakeups: DurationHistogram,
    /// Times in which the process did not run.
    pub gaps: Gaps,
    /// CPU samples of goroutines that run.
    pub samples: u64,
    /// Who had the Ps, most first.
    pub by: Vec<PsOf>,
    /// What to say about it, most important first.
    pub verdicts: Vec<SchedulerVerdict>,
}

impl Scheduler {
    /// The part of the Ps' time that they are in use; `None` if it is not known how many there are.
    pub fn busy_share(&self) -> Option<f64> {
        (self.proc_nanos > 0).then(|| self.busy_nanos as f64 / self.proc_nanos as f64)
    }

    /// How many CPU samples there would be if all that runs had a CPU.
    pub fn expected_samples(&self) -> u64 {
        self.running_nanos / SAMPLE_PERIOD_NANOS
    }

    /// The part of running that CPU samples confirm; `None` without any sample.
    pub fn on_cpu_ratio(&self) -> Option<f64> {
        let expected = self.running_nanos as f64 / SAMPLE_PERIOD_NANOS as f64;
        (self.samples > 0 && expected > 0.0).then(|| self.samples as f64 / expected)
    }

    /// The same of what runs while the process does: a quota takes CPU time without there being too few CPUs.
    fn on_cpu_ratio_outside_gaps(&self) -> Option<f64> {
        let running = self.running_nanos - self.running_in_gaps_nanos;
        let expected = running as f64 / SAMPLE_PERIOD_NANOS as f64;
        (self.samples > 0 && expected >= LEAST_EXPECTED).then(|| self.samples as f64 / expected)
    }

    /// The part of the time in which goroutines of the program run or could, in which they found no P.
    fn starved_share(&self) -> f64 {
        let starved = self.runnable.starved_nanos.saturating_add(self.runnable.lost_p_nanos);
        let all = self.user_running_nanos.saturating_add(self.runnable.nanos());
        starved as f64 / all.max(1) as f64
    }
}

/// What the scheduler did in a range of time (`None`: the whole trace). Takes time in proportion to its spans.
pub fn scheduler(model: &TraceModel, range: Option<&Range<Time>>) -> Scheduler {
    scheduler_with(&Facts::new(model), range)
}

/// The same, where the facts are known already.
pub(super) fn scheduler_with(facts: &Facts<'_>, range: Option<&Range<Time>>) -> Scheduler {
    let range = inside(facts.model, range);
    facts.model.proc_time();
    let contention = Contention::new(facts.model.data());
    let look = Look { facts, range: &range, contention: Some(&contention) };
    let mut scheduler = look.scheduler();
    scheduler.verdicts = verdicts(facts.model, &scheduler, &range);
    scheduler
}

/// What findings need of it: how goroutines ran, with the verdicts that follow from that. What they waited for is not
/// there, and takes most of the time.
pub(super) fn running_only(facts: &Facts<'_>, range: Option<&Range<Time>>) -> Scheduler {
    let range = inside(facts.model, range);
    let mut scheduler = Look { facts, range: &range, contention: None }.scheduler();
    scheduler.verdicts = running_verdicts(&scheduler);
    scheduler
}

fn inside(model: &TraceModel, range: Option<&Range<Time>>) -> Range<Time> {
    let whole = model.range();
    range.map_or(whole.clone(), |it| it.start.max(whole.start)..it.end.min(whole.end))
}

/// CPU samples in a range of time whose goroutine runs then.
pub(super) fn running_samples<'m>(
    model: &'m TraceModel,
    range: &Range<Time>,
) -> impl Iterator<Item = &'m crate::trace::rows::SampleRow> {
    let rows = model.samples();
    let begin = rows.partition_point(|row| row.time < range.start);
    let end = rows.partition_point(|row| row.time < range.end);
    let runs =
        |goroutine, time| model.span_at(goroutine, time).is_some_and(|span| span.state == SpanState::Running);
    rows[begin..end.max(begin)]
        .iter()
        .filter(move |row| row.goroutine.is_some() && runs(row.goroutine, row.time))
}

/// What Ps there are in a range of time, in P-nanoseconds, and the last number of them.
fn procs(model: &TraceModel, range: &Range<Time>) -> (u64, Option<u64>) {
    let rows = model.gomaxprocs();
    let (mut nanos, mut last) = (0_u64, None);
    for (at, row) in rows.iter().enumerate() {
        // The first number holds since the trace began.
        let begin = if at == 0 { range.start } else { row.time.max(range.start) };
        let end = rows.get(at + 1).map_or(range.end, |next| next.time.min(range.end));
        if at == 0 || row.time < range.end {
            last = Some(row.value);
            nanos = nanos.saturating_add(row.value.saturating_mul(nanos_between(begin, end)));
        }
    }
    (nanos, last.filter(|&procs| procs > 0))
}

struct Look<'m> {
    facts: &'m Facts<'m>,
    range: &'m Range<Time>,
    /// Where who had the Ps and what was waited for is asked.
    contention: Option<&'m Contention>,
}

#[derive(Default)]
struct Tally {
    busy_nanos: u64,
    running_nanos: u64,
    user_running_nanos: u64,
    running_in_gaps_nanos: u64,
    gc_nanos: u64,
    runnable: RunnableTime,
    latency: DurationHistogram,
    wakeups: DurationHistogram,
    by: FxHashMap<StringId, u64>,
}

impl Tally {
    /// Sums: the order shows nowhere.
    fn merged(mut self, other: Self) -> Self {
        add_up(&mut self.busy_nanos, other.busy_nanos);
        add_up(&mut self.running_nanos, other.running_nanos);
        add_up(&mut self.user_running_nanos, other.user_running_nanos);
        add_up(&mut self.running_in_gaps_nanos, other.running_in_gaps_nanos);
        add_up(&mut self.gc_nanos, other.gc_nanos);
        self.runnable.merge(&other.runnable);
        self.latency.merge(&other.latency);
        self.wakeups.merge(&other.wakeups);
        other
            .by
            .into_iter()
            .for_each(|(function, nanos)| add_up(self.by.entry(function).or_default(), nanos));
        self
    }
}

/// Blocks of spans of a goroutine from which on several workers share it.
const MANY_BLOCKS: usize = 32;
/// Into so many parts.
const SLICES: u64 = 16;

impl Look<'_> {
    fn scheduler(&self) -> Scheduler {
        let (model, range) = (self.facts.model, self.range);
        let tally = self.tally();
        let (proc_nanos, gomaxprocs) = procs(model, range);
        let mut by: Vec<PsOf> =
            tally.by.into_iter().map(|(function, nanos)| PsOf { function, nanos }).collect();
        by.retain(|row| row.nanos > 0);
        by.sort_by_key(|row| (Reverse(row.nanos), row.function));
        Scheduler {
            nanos: nanos_between(range.start, range.end),
            gomaxprocs,
            proc_nanos,
            busy_nanos: tally.busy_nanos,
            running_nanos: tally.running_nanos,
            user_running_nanos: tally.user_running_nanos,
            running_in_gaps_nanos: tally.running_in_gaps_nanos,
            gc_nanos: tally.gc_nanos,
            runnable: tally.runnable,
            latency: tally.latency,
            wakeups: tally.wakeups,
            gaps: Gaps::new(model.proc_time().gaps_in(range.clone()), range),
            samples: running_samples(model, range).count() as u64,
            by,
            verdicts: Vec::new(),
        }
    }

    /// Adds up what all goroutines did: how they ran by sums that the model has, and if it is asked what they waited for,
    /// all spans: goroutines with few spans many at once, those with many in slices of time.
    fn tally(&self) -> Tally {
        let model = self.facts.model;
        let ids: Vec<GoId> = model.goroutine_ids().collect();
        let running = ids.par_chunks(AT_ONCE).fold(Tally::default, |mut tally, ids| {
            ids.iter().for_each(|&id| self.add_running(id, &mut tally));
            tally
        });
        let mut tally = running.reduce(Tally::default, Tally::merged);
        let gaps = model.proc_time().gaps_in(self.range.clone()).iter();
        tally.running_in_gaps_nanos =
            gaps.map(|gap| u64::from(gap.running) * overlap_nanos(gap.range(), self.range)).sum();
        if let Some(contention) = self.contention {
            tally = tally.merged(self.contended(&ids, contention));
        }
        tally
    }

    /// Adds how a goroutine ran.
    fn add_running(&self, id: GoId, tally: &mut Tally) {
        let model = self.facts.model;
        let name = model.tables().string(model.start_function(id));
        let nanos = state_nanos(model, id, self.range).nanos;
        let running = nanos[SpanState::Running.index()];
        add_up(&mut tally.running_nanos, running);
        add_up(&mut tally.busy_nanos, running.saturating_add(nanos[SpanState::Syscall.index()]));
        add_up(&mut tally.user_running_nanos, if is_runtime_goroutine(name) { 0 } else { running });
        add_up(&mut tally.gc_nanos, if is_gc_worker(name) { running } else { 0 });
        for &(_, begin, end) in self.facts.assists_in(id, self.range) {
            let assist = begin.max(self.range.start)..end.min(self.range.end);
            add_up(&mut tally.gc_nanos, state_nanos(model, id, &assist).nanos[SpanState::Running.index()]);
        }
    }

    /// Who had the Ps, and what was waited for.
    fn contended(&self, ids: &[GoId], contention: &Contention) -> Tally {
        let model = self.facts.model;
        let is_long = |id: &GoId| model.segments_of(*id).len() >= MANY_BLOCKS;
        let (long, short): (Vec<GoId>, Vec<GoId>) = ids.iter().partition(|id| is_long(id));
        let short = short.par_chunks(AT_ONCE).fold(Tally::default, |mut tally, ids| {
            ids.iter().for_each(|&id| self.add(id, contention, self.range, &mut tally));
            tally
        });
        let nanos = nanos_between(self.range.start, self.range.end);
        let cut = |slice: u64| {
            self.range
                .start
                .saturating_add_unsigned((u128::from(nanos) * u128::from(slice) / u128::from(SLICES)) as u64)
        };
        let slices =
            long.par_iter().flat_map(|&id| (0..SLICES).into_par_iter().map(move |slice| (id, slice)));
        let long = slices.fold(Tally::default, |mut tally, (id, slice)| {
            self.add(id, contention, &(cut(slice)..cut(slice + 1)), &mut tally);
            tally
        });
        let reduced = short.reduce(Tally::default, Tally::merged);
        reduced.merged(long.reduce(Tally::default, Tally::merged))
    }

    /// Adds what a goroutine waited for or took from others, in the spans that begin in a slice of the range.
    fn add(&self, id: GoId, contention: &Contention, slice: &Range<Time>, tally: &mut Tally) {
        let model = self.facts.model;
        let function = model.start_function(id);
        let is_user = !is_runtime_goroutine(model.tables().string(function));
        let (mut contended, mut before) = (0, None);
        for span in model.spans_in(id, slice.clone()) {
            if span.start < slice.start && slice.start > self.range.start {
                before = Some(span.state);
                continue;
            }
            let follows_syscall = span.state == SpanState::Runnable && is_after_syscall(model, &span, before);
            before = Some(span.state);
            let part = span.start.max(self.range.start)..span.end.min(self.range.end);
            match span.state {
                SpanState::Running => add_up(&mut contended, contention.nanos_in(&part)),
                SpanState::Runnable if is_user => {
                    let ready = add_ready(model, &part, follows_syscall, &mut tally.runnable);
                    tally.latency.record(nanos_between(part.start, part.end));
                    tally.wakeups.record(ready.wakeup_nanos);
                }
                _ => {}
            }
        }
        if contended > 0 {
            add_up(tally.by.entry(function).or_default(), contended);
        }
    }
}

/// What follows from how goroutines ran.
fn running_verdicts(it: &Scheduler) -> Vec<SchedulerVerdict> {
    let mut verdicts = Vec::new();
    if let Some(ratio) = it.on_cpu_ratio_outside_gaps().filter(|ratio| *ratio < 0.6) {
        verdicts.push(SchedulerVerdict::ProcsAboveCpus { ratio });
    }
    let stopped = it.gaps.total_nanos as f64 / it.nanos.max(1) as f64;
    if it.gaps.count >= 3 && stopped >= 0.02 {
        verdicts.push(SchedulerVerdict::Stopped { share: stopped });
    }
    verdicts
}

/// What to say. Thresholds: Ps in use 90 % of the time are in use when one is wanted; a ratio of 0.6 is far outside of
/// the noise of [`LEAST_EXPECTED`] samples.
fn verdicts(model: &TraceModel, it: &Scheduler, range: &Range<Time>) -> Vec<SchedulerVerdict> {
    let mut verdicts = running_verdicts(it);
    let ratio = it.on_cpu_ratio_outside_gaps();
    let busy = it.busy_share().unwrap_or(f64::NAN);
    let share = it.starved_share();
    let is_saturated = share >= 0.1 && busy >= 0.9;
    if is_saturated {
        verdicts.push(SchedulerVerdict::Saturated { share });
    }
    if let Some(ratio) = ratio.filter(|ratio| is_saturated && *ratio >= 0.9) {
        verdicts.push(SchedulerVerdict::ProcsTooFew { ratio });
    }
    let p99_nanos = it.wakeups.percentile_nanos(0.99);
    if p99_nanos >= 1_000_000 {
        let population = Population::of_trace(model);
        let group = population.as_ref().and_then(|population| worst_wakeups(model, population, range));
        let of_all = it.runnable.wakeup_nanos as f64
            / it.user_running_nanos.saturating_add(it.runnable.nanos()).max(1) as f64;
        let worst = if population.is_some() { group.map_or(0.0, |group| group.share) } else { of_all };
        if worst >= 0.2 {
            verdicts.push(SchedulerVerdict::SlowWakeups { p99_nanos, group });
        }
    }
    if busy < 0.1 {
        verdicts.push(SchedulerVerdict::Idle { share: busy });
    }
    verdicts
}

/// The group of instances that waits the largest part of its time for a P that is idle.
fn worst_wakeups(model: &TraceModel, population: &Population, range: &Range<Time>) -> Option<WakeupShare> {
    let instances = answer_instances(model, population, Some(range)).complete;
    let parts = instances.par_chunks(AT_ONCE).map(|instances| {
        let mut sums: FxHashMap<StringId, (u64, u64)> = FxHashMap::default();
        for it in instances {
            let sum = sums.entry(it.name).or_default();
            add_up(&mut sum.0, runnable_in(model, it.owner, &it.range()).wakeup_nanos);
            add_up(&mut sum.1, it.nanos());
        }
        sums
    });
    let sums = parts.reduce(FxHashMap::default, |mut left, right| {
        right.into_iter().for_each(|(name, (wakeup, wall))| {
            let sum: &mut (u64, u64) = left.entry(name).or_default();
            *sum = (sum.0 + wakeup, sum.1 + wall);
        });
        left
    });
    let shares = sums.into_iter().filter(|(_, (_, wall))| *wall > 0);
    let shares =
        shares.map(|(name, (wakeup, wall))| WakeupShare { name, share: wakeup as f64 / wall as f64 });
    shares.max_by(|one, other| one.share.total_cmp(&other.share).then(other.name.cmp(&one.name)))
}
