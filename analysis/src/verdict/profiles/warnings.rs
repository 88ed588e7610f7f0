//! What speaks against a comparison: sides that differ in more than the code, runs that are far from the others.

use super::hypotheses::Hypotheses;
use super::judge::{Numbers, Plan};
use super::sides::Sides;
use super::table::Table;
use crate::statistics::dispersion::{RunCount, residuals};
use crate::verdict::note::Note;
use crate::verdict::outcome::Decided;
use crate::verdict::run::{RunInfo, SideInfo};

/// Durations and rates that differ by more than this are said.
const DURATIONS: f64 = 2.0;
const SAMPLE_RATES: f64 = 1.5;
/// The standardized residual from which a run is an outlier.
const OUTLIER: f64 = 6.0;
/// Less of the process's CPU time than this in a profile means lost samples.
const DELIVERED: f64 = 0.8;
/// CPU time a little above what the cores give is the error of sampling.
const TOO_MUCH: f64 = 1.05;

/// What a run says of itself, if it does.
type Fact = fn(&RunInfo) -> Option<String>;

/// How the sides differ.
pub(in crate::verdict) fn of_sides(base: &SideInfo, head: &SideInfo, is_cpu_nanos: bool) -> Vec<Note> {
    let mut notes = Vec::new();
    let facts: [(&'static str, Fact); 6] = [
        ("Go version", |run| run.context.go_version.clone().or_else(|| run.build.go_version.clone())),
        ("GOARCH", |run| run.build.goarch.clone()),
        ("the profile that guided their optimization (PGO)", |run| run.build.pgo.clone()),
        ("GOMAXPROCS", |run| run.context.gomaxprocs.map(|procs| procs.to_string())),
        ("sample rate", |run| (run.period > 0).then(|| format!("one in {}", run.period))),
        ("binary", |run| {
            let name = run.binary.rsplit(['/', '\\']).next().unwrap_or_default();
            (!name.is_empty()).then(|| name.to_owned())
        }),
    ];
    for (what, fact) in facts {
        let of = |side: &SideInfo| {
            let mut values: Vec<String> = side.runs.iter().filter_map(fact).collect();
            values.sort();
            values.dedup();
            values.join(", ")
        };
        let (base, head) = (of(base), of(head));
        if !base.is_empty() && !head.is_empty() && base != head {
            notes.push(Note::Differs { what, base, head });
        }
    }
    notes.extend(builds(base, head));
    notes.extend(durations(base, head));
    notes.extend(sample_rates(base, head));
    notes.extend(order_in_time(base, head));
    notes.extend(base.runs.iter().chain(&head.runs).flat_map(|run| cpu_time(run, is_cpu_nanos)));
    notes
}

/// Sides whose runs come from several builds each, and two sides of one build.
fn builds(base: &SideInfo, head: &SideInfo) -> Vec<Note> {
    let ids = |side: &SideInfo| {
        let mut ids: Vec<String> = side.runs.iter().filter_map(|run| run.build.id.clone()).collect();
        let is_known = ids.len() == side.runs.len();
        ids.sort();
        ids.dedup();
        is_known.then_some(ids).filter(|ids| !ids.is_empty())
    };
    let (base, head) = (ids(base), ids(head));
    let mut notes = Vec::new();
    for (side, ids) in [("base", &base), ("head", &head)] {
        if let Some(ids) = ids.as_ref().filter(|ids| ids.len() > 1) {
            notes.push(Note::SeveralBuilds { side, builds: ids.len() });
        }
    }
    if base.is_some() && base == head && notes.is_empty() {
        notes.push(Note::OneBuild);
    }
    notes
}

fn durations(base: &SideInfo, head: &SideInfo) -> Option<Note> {
    let (base, head) = (median_duration(base)?, median_duration(head)?);
    (base.max(head) > DURATIONS * base.min(head)).then_some(Note::Durations { base, head })
}

/// Median duration in seconds; `None` if one is not known.
fn median_duration(side: &SideInfo) -> Option<f64> {
    let mut durations: Vec<i64> = side.runs.iter().map(|run| run.duration_nanos).collect();
    durations.sort_unstable();
    if *durations.first()? <= 0 {
        return None;
    }
    let middle = durations.len() / 2;
    let nanos = if durations.len().is_multiple_of(2) {
        f64::midpoint(durations[middle - 1] as f64, durations[middle] as f64)
    } else {
        durations[middle] as f64
    };
    Some(nanos / 1e9)
}

fn sample_rates(base: &SideInfo, head: &SideInfo) -> Option<Note> {
    let rate = |side: &SideInfo| {
        let seconds: f64 = side.runs.iter().map(|run| run.duration_nanos as f64 / 1e9).sum();
        let is_known = side.runs.iter().all(|run| run.duration_nanos > 0) && side.samples() > 0.0;
        is_known.then(|| side.samples() / seconds)
    };
    let (base, head) = (rate(base)?, rate(head)?);
    (base.max(head) > SAMPLE_RATES * base.min(head)).then_some(Note::SampleRates { base, head })
}

fn order_in_time(base: &SideInfo, head: &SideInfo) -> Option<Note> {
    let range = |side: &SideInfo| {
        let times = || side.runs.iter().map(|run| run.time_nanos);
        let is_known = times().all(|time| time != 0);
        if is_known { times().min().zip(times().max()) } else { None }
    };
    let ((base_first, base_last), (head_first, head_last)) = (range(base)?, range(head)?);
    if base_first > head_last {
        return Some(Note::NotInterleaved { is_base_newer: true });
    }
    let is_single = base.n_runs() == 1 && head.n_runs() == 1;
    (base_last < head_first && !is_single).then_some(Note::NotInterleaved { is_base_newer: false })
}

/// Whether the CPU time of a run fits to what was noted beside it.
fn cpu_time(run: &RunInfo, is_cpu_nanos: bool) -> Vec<Note> {
    let mut notes = Vec::new();
    let seconds = run.total / 1e9;
    if !is_cpu_nanos || run.duration_nanos <= 0 {
        return notes;
    }
    let cores = seconds / (run.duration_nanos as f64 / 1e9);
    if let Some(gomaxprocs) = run.context.gomaxprocs
        && cores > f64::from(gomaxprocs) * TOO_MUCH
    {
        notes.push(Note::TooMuchCpu { run: run.context.name.clone(), cores, gomaxprocs });
    }
    if let Some(used) = run.context.cpu_seconds.filter(|used| *used > 0.0) {
        let delivered = seconds / used;
        if delivered < DELIVERED {
            notes.push(Note::LostSamples { run: run.context.name.clone(), delivered });
        }
    }
    notes
}

/// The run that is farthest from the others of its side, if it is an outlier.
pub(super) fn outlier(
    sides: &Sides<'_>,
    table: &Table<'_>,
    hypotheses: &Hypotheses,
    plan: &Plan,
    numbers: &Numbers,
) -> Option<Note> {
    if plan.decided != Decided::Counts {
        return None;
    }
    let mut farthest: Option<(f64, usize, usize)> = None;
    let ranges = [0..plan.n_base, plan.n_base..numbers.exposure.len()];
    for side in ranges.into_iter().filter(|side| side.len() >= 3) {
        for (hypothesis, row) in numbers.rows.iter().enumerate().take(hypotheses.shown.len()) {
            let runs = row[side.clone()].iter().zip(&numbers.exposure[side.clone()]);
            let runs = runs.map(|(run, &exposure)| RunCount { events: run.sampled, exposure });
            for (at, residual) in residuals(runs, plan.scale).enumerate() {
                if farthest.is_none_or(|(largest, ..)| residual.abs() > largest) {
                    farthest = Some((residual.abs(), hypothesis, side.start + at));
                }
            }
        }
    }
    let (residual, hypothesis, run) = farthest.filter(|(residual, ..)| *residual > OUTLIER)?;
    let function = table.functions[hypotheses.shown[hypothesis].function()].name.to_string();
    Some(Note::Outlier { run: sides.runs[run].info.context.name.clone(), function, residual })
}
