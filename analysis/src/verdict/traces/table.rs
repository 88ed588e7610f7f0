//! The quantiles of all runs side by side, and which of them are tested.

use std::collections::BTreeSet;

use super::group::{Group, Measured, PERCENTS};
use super::sides::{Sides, is_within};
use super::times::Quantile;
use super::trace_run::GroupTimes;
use crate::verdict::options::Gate;
use crate::verdict::profiles::hypotheses::Patterns;
use crate::verdict::row::Untested;

/// Instances of a side that a quantile wants: below, its interval often has no end.
const WANTED: [u64; PERCENTS.len()] = [50, 500, 5_000];
/// Instances that each run must have where several runs are compared: five above the quantile.
const WANTED_OF_RUN: [u64; PERCENTS.len()] = [10, 50, 500];
/// Groups with fewer instances than this on both sides are left out: they are thousands, and nothing can be said of them.
const MIN_INSTANCES: u64 = 10;

/// One quantile of a measure of a group.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) group: Group,
    pub(super) measured: Measured,
    /// Its place among [`PERCENTS`].
    pub(super) level: usize,
    /// By run; 0 ns where the run has none of it.
    pub(super) runs: Vec<LineRun>,
    /// Why it is not tested.
    pub(super) untested: Option<Untested>,
}

/// A line in one run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineRun {
    /// Instances of the group.
    pub(super) count: u64,
    pub(super) total_nanos: u128,
    pub(super) quantile: Quantile,
}

impl Line {
    /// The logarithm of each run's quantile; `None` if one is 0.
    pub(super) fn logs(&self) -> Option<Vec<f64>> {
        let log = |run: &LineRun| (run.quantile.nanos > 0).then(|| (run.quantile.nanos as f64).ln());
        self.runs.iter().map(log).collect()
    }

    pub(super) fn percent(&self) -> u8 {
        PERCENTS[self.level]
    }

    pub(super) fn is_latency(&self) -> bool {
        self.measured == Measured::Latency
    }

    /// The name by which filters select it: group and measure.
    pub(super) fn title(&self) -> String {
        format!("{}, {}", self.group.text(), self.measured.quantile(self.percent()).text())
    }
}

/// All lines: by group, then by measure and level, the latency first.
pub(super) fn lines(sides: &Sides<'_>, gate: &Gate, patterns: &Patterns) -> Vec<Line> {
    let groups: BTreeSet<&Group> =
        sides.runs.iter().flat_map(|run| run.groups.iter().map(|times| &times.group)).collect();
    let mut lines = Vec::new();
    for group in groups {
        let mut of_group = lines_of(sides, group);
        let latencies: Vec<Line> = of_group.iter().filter(|line| line.is_latency()).cloned().collect();
        for line in &mut of_group {
            let latency = latencies.iter().find(|latency| latency.level == line.level);
            line.untested = if patterns.has(&line.title()) {
                untested(sides, line).or_else(|| small(line, latency, gate))
            } else {
                Some(Untested::Excluded)
            };
        }
        lines.append(&mut of_group);
    }
    lines
}

fn lines_of(sides: &Sides<'_>, group: &Group) -> Vec<Line> {
    let of_runs: Vec<Option<&GroupTimes>> = sides.runs.iter().map(|run| run.group(group)).collect();
    let n_instances: u64 = of_runs.iter().flatten().map(|times| times.count).sum();
    if n_instances < MIN_INSTANCES {
        return Vec::new();
    }
    let measures: BTreeSet<&Measured> =
        of_runs.iter().flatten().flat_map(|times| times.measures.iter().map(|(it, _)| it)).collect();
    let of_run = |times: &Option<&GroupTimes>, measured: &Measured, level: usize| {
        let Some(group) = times else { return LineRun::default() };
        let times = group.times(measured).copied().unwrap_or_default();
        LineRun { count: group.count, total_nanos: times.total_nanos, quantile: times.quantiles[level] }
    };
    let mut lines = Vec::new();
    for measured in measures {
        for level in 0..PERCENTS.len() {
            let runs: Vec<LineRun> = of_runs.iter().map(|run| of_run(run, measured, level)).collect();
            // What few instances have is 0 at lower quantiles.
            if runs.iter().any(|run| run.quantile.nanos > 0) {
                let (group, measured) = (group.clone(), measured.clone());
                lines.push(Line { group, measured, level, runs, untested: None });
            }
        }
    }
    lines
}

/// Why a line cannot be tested, by what its runs hold.
fn untested(sides: &Sides<'_>, line: &Line) -> Option<Untested> {
    let (base, head) = line.runs.split_at(sides.n_base);
    let count = |runs: &[LineRun]| runs.iter().map(|run| run.count).sum::<u64>();
    let is_within = is_within(sides.n_runs());
    let of_run = if is_within { WANTED[line.level] } else { WANTED_OF_RUN[line.level] };
    if count(base).min(count(head)) < WANTED[line.level] || line.runs.iter().any(|run| run.count < of_run) {
        return Some(Untested::NeedsMore);
    }
    if line.runs.iter().any(|run| run.quantile.nanos == 0) {
        return Some(Untested::ZeroRun);
    }
    let is_unsure = is_within && line.runs.iter().any(|run| run.quantile.log_error.is_none());
    is_unsure.then_some(Untested::NeedsMore)
}

/// A part of the latency that is too small to matter, on both sides together.
fn small(line: &Line, latency: Option<&Line>, gate: &Gate) -> Option<Untested> {
    let mean = |line: &Line| line.logs().map(|logs| logs.iter().sum::<f64>() / logs.len() as f64);
    let share = (mean(line)? - mean(latency?)?).exp();
    (share < gate.min_share.0).then_some(Untested::Small)
}
