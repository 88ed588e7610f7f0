//! Findings about the whole process: it is stopped, its goroutines get no CPU, the collector takes much of it.

use super::finding::{About, Finding, FindingId};
use crate::trace::answers::scheduler::{Scheduler, SchedulerVerdict};

const LEAST_GC_OF_BUSY: f64 = 0.3;
const LEAST_GC_OF_PROCS: f64 = 0.05;

/// Stops and missing CPUs are findings where they are verdicts on the scheduler.
pub(super) fn findings(scheduler: &Scheduler) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        scheduler.verdicts.iter().filter_map(|it| of_verdict(scheduler, it)).collect();
    found.extend(gc_pressure(scheduler));
    found
}

fn of_verdict(scheduler: &Scheduler, verdict: &SchedulerVerdict) -> Option<Finding> {
    match verdict {
        SchedulerVerdict::Stopped { .. } => Some(Finding {
            share: share(scheduler.gaps.total_nanos, scheduler.nanos),
            count: scheduler.gaps.count,
            ..Finding::new(FindingId::Throttled, About::Process, scheduler.gaps.total_nanos)
        }),
        SchedulerVerdict::ProcsAboveCpus { ratio } => {
            let nanos = (scheduler.running_nanos as f64 * (1.0 - ratio)).max(0.0) as u64;
            let finding = Finding::new(FindingId::RunningWithoutCpu, About::Process, nanos);
            Some(Finding { share: *ratio, count: scheduler.samples, ..finding })
        }
        _ => None,
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn gc_pressure(scheduler: &Scheduler) -> Option<Finding> {
    let of_busy = share(scheduler.gc_nanos, scheduler.busy_nanos);
    let of_procs = share(scheduler.gc_nanos, scheduler.proc_nanos);
    (of_busy >= LEAST_GC_OF_BUSY && of_procs >= LEAST_GC_OF_PROCS).then(|| Finding {
        share: of_busy,
        ..Finding::new(FindingId::GcPressure, About::Process, scheduler.gc_nanos)
    })
}
