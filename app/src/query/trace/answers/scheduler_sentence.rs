//! What `goscope trace sched` found, in sentences.
//!
//! ```text
//! Saturated: 41% of the time that goroutines of the program run or could run they find no free P; main.crunch had
//! 96% of the Ps meanwhile.
//! ```

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::names::given_name;

use super::scheduler::{Scheduler, SchedulerVerdict};
use super::sentence::{Link, Sentence};
use crate::text;

/// The sentence that says a verdict.
pub fn verdict_sentence(model: &TraceModel, scheduler: &Scheduler, verdict: &SchedulerVerdict) -> Sentence {
    match *verdict {
        SchedulerVerdict::Saturated { share } => {
            let sentence = Sentence::new(format!(
                "Saturated: {} of the time that goroutines of the program run or could run, they find no free P",
                percent(share)
            ));
            with_holder(model, scheduler, sentence, "; more Ps and CPUs help, or less work")
        }
        SchedulerVerdict::SlowWakeups { p99_nanos, group } => {
            let p99 = text::duration(i64::try_from(p99_nanos).unwrap_or(i64::MAX));
            let sentence = Sentence::new(format!(
                "Slow wake-ups: one goroutine of a hundred waits {p99} or longer though a P is idle"
            ));
            let sentence = match group {
                Some(group) => {
                    let link = Link::of_name(model, Population::of_trace(model).as_ref(), group.name);
                    sentence
                        .plain(format!(", {} of the time of ", percent(group.share)))
                        .noun(given_name(model.tables(), group.name), link)
                }
                None => sentence,
            };
            sentence.plain(
                "; the cause is outside of the program's code: the machine's scheduler, or goroutines locked to \
                 threads",
            )
        }
        SchedulerVerdict::Stopped { share } => Sentence::new(stopped(scheduler, share)),
        SchedulerVerdict::ProcsAboveCpus { ratio } => Sentence::new(format!(
            "GOMAXPROCS is above the CPUs there are: CPU samples confirm {} of the running time, the rest of it waits \
             for a CPU; lower GOMAXPROCS{}, or raise the quota (Go 1.25 and later read the limit of a container)",
            percent(ratio),
            scheduler.gomaxprocs.map_or(String::new(), |procs| format!(" ({procs})")),
        )),
        SchedulerVerdict::ProcsTooFew { ratio } => Sentence::new(format!(
            "GOMAXPROCS is too small: goroutines wait for Ps, and what runs has a CPU {} of the time",
            percent(ratio.min(1.0)),
        )),
        SchedulerVerdict::Idle { share } => Sentence::new(format!(
            "Idle: Ps are in use {} of their time; CPU is not the problem, look at waits (goscope trace why)",
            percent(share),
        )),
    }
}

fn stopped(scheduler: &Scheduler, share: f64) -> String {
    let gaps = &scheduler.gaps;
    let nanos = |nanos: Option<u64>| text::duration(i64::try_from(nanos.unwrap_or(0)).unwrap_or(i64::MAX));
    let why = if gaps.looks_like_quota() {
        "this looks like a CPU quota, whose period is 100 ms"
    } else {
        "a CPU quota, SIGSTOP, a paused machine or an overloaded one: a trace cannot tell them apart"
    };
    format!(
        "Stopped: the whole process did not run {} times, {} of the time ({} each, one every {}); {why}",
        gaps.count,
        percent(share),
        nanos(gaps.median_nanos),
        nanos(gaps.period_nanos),
    )
}

/// Goes on with who had most of the Ps.
fn with_holder(model: &TraceModel, scheduler: &Scheduler, sentence: Sentence, otherwise: &str) -> Sentence {
    let all: u64 = scheduler.by.iter().map(|row| row.nanos).sum();
    let Some(first) = scheduler.by.first().filter(|_| all > 0) else { return sentence.plain(otherwise) };
    let share = percent(first.nanos as f64 / all as f64);
    sentence
        .plain("; ")
        .function(&model.tables().string_lossy(first.function))
        .plain(format!(" had {share} of the Ps meanwhile"))
}

/// The first sentence of the report: the first verdict, or that there is none.
pub fn scheduler_sentence(model: &TraceModel, scheduler: &Scheduler) -> Sentence {
    match scheduler.verdicts.first() {
        Some(verdict) => verdict_sentence(model, scheduler, verdict),
        None => {
            let of_ps = scheduler
                .busy_share()
                .map_or(String::new(), |share| format!(": Ps are in use {} of their time", percent(share)));
            Sentence::new(format!("Nothing stands in the way of goroutines that could run{of_ps}"))
        }
    }
}

/// What a trace cannot tell, in sentences.
pub fn scheduler_notes(model: &TraceModel, scheduler: &Scheduler) -> Vec<String> {
    let mut notes = Vec::new();
    if scheduler.gomaxprocs.is_none() {
        notes.push(
            "The trace does not say GOMAXPROCS: whether all Ps were in use cannot be told, and starved time counts \
             as wake-up."
                .to_owned(),
        );
    }
    if model.samples().is_empty() {
        notes.push(
            "There are no CPU samples: whether what runs has a CPU cannot be told (record with a CPU profile \
             running)."
                .to_owned(),
        );
    } else if scheduler.expected_samples() < 100 {
        notes.push("There are too few CPU samples to judge by.".to_owned());
    }
    notes
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
