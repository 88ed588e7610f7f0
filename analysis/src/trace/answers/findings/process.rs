//! Findings about the whole process: it is stopped, its goroutines get no CPU, the collector takes much of it.

use super::{About, Finding, FindingId};
use crate::trace::answers::scheduler::Scheduler;

const FEWEST_STOPS: u64 = 3;
const LEAST_STOPPED: f64 = 0.02;
/// With 100 samples expected, chance makes 20 % of difference.
const FEWEST_SAMPLES: u64 = 100;
const LEAST_ON_CPU: f64 = 0.6;
const LEAST_GC_OF_BUSY: f64 = 0.3;
const LEAST_GC_OF_PROCS: f64 = 0.05;

pub(super) fn findings(scheduler: &Scheduler) -> Vec<Finding> {
    let found = [throttled(scheduler), without_cpu(scheduler), gc_pressure(scheduler)];
    found.into_iter().flatten().collect()
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn throttled(scheduler: &Scheduler) -> Option<Finding> {
    let gaps = &scheduler.gaps;
    let stopped = share(gaps.total_nanos, scheduler.nanos);
    (gaps.count >= FEWEST_STOPS && stopped >= LEAST_STOPPED).then(|| Finding {
        share: stopped,
        count: gaps.count,
        ..Finding::new(FindingId::Throttled, About::Process, gaps.total_nanos)
    })
}

fn without_cpu(scheduler: &Scheduler) -> Option<Finding> {
    let ratio = scheduler.on_cpu_ratio()?;
    (scheduler.expected_samples() >= FEWEST_SAMPLES && ratio < LEAST_ON_CPU).then(|| Finding {
        share: ratio,
        count: scheduler.samples,
        ..Finding::new(
            FindingId::RunningWithoutCpu,
            About::Process,
            (scheduler.running_nanos as f64 * (1.0 - ratio)) as u64,
        )
    })
}

fn gc_pressure(scheduler: &Scheduler) -> Option<Finding> {
    let of_busy = share(scheduler.gc_nanos, scheduler.busy_nanos);
    let of_procs = share(scheduler.gc_nanos, scheduler.proc_nanos);
    (of_busy >= LEAST_GC_OF_BUSY && of_procs >= LEAST_GC_OF_PROCS).then(|| Finding {
        share: of_busy,
        ..Finding::new(FindingId::GcPressure, About::Process, scheduler.gc_nanos)
    })
}
