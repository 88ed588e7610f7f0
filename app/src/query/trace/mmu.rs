//! Minimum mutator utilization: the curve over window lengths, its quantiles, and
//! the worst windows.

use goscope_analysis::trace::mmu::MmuCurve;
use goscope_analysis::trace::utilization::{GcWork, Scope};

use crate::document::TraceDocument;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Window lengths for which to list the worst windows, in ns.
const WORST_WINDOW_NANOS: u64 = 10_000_000;
/// How many of them to list.
const N_WORST: usize = 10;

/// What counts as taken from the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct MmuOptions {
    /// Stop-the-world (STW) pauses.
    pub stw: bool,
    /// Mark workers.
    pub background: bool,
    /// Mark assists: goroutines that must mark before they may allocate.
    pub assist: bool,
    /// Sweeping before an allocation.
    pub sweep: bool,
    /// Each P by itself instead of all together.
    pub per_proc: bool,
}

impl Default for MmuOptions {
    fn default() -> Self {
        Self { stw: true, background: true, assist: true, sweep: false, per_proc: false }
    }
}

/// The curve, as parts of 1 by window length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mmu {
    /// Window length in ns and the least utilization in any window of that length; rising lengths.
    pub curve: Vec<(u64, f64)>,
    /// The same for the 1st and the 5th percentile of the windows.
    pub quantiles: [Vec<(u64, f64)>; 2],
    /// The worst windows: start in ns since the start of the trace, length, utilization.
    pub worst: Vec<(i64, u64, f64)>,
}

/// How many points of the curve have quantiles, which cost more.
const QUANTILE_STEP: usize = 4;

impl Question for MmuOptions {
    type Answer = Mmu;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Mmu, QuestionError> {
        Ok(mmu(documents.trace()?, *self))
    }
}

fn mmu(trace: &TraceDocument, options: MmuOptions) -> Mmu {
    let chosen = [
        (options.stw, GcWork::STW),
        (options.background, GcWork::BACKGROUND),
        (options.assist, GcWork::ASSIST),
        (options.sweep, GcWork::SWEEP),
    ];
    let work =
        chosen.into_iter().filter(|(is_on, _)| *is_on).fold(GcWork::NONE, |all, (_, one)| all.and(one));
    let scope = if options.per_proc { Scope::PerProc } else { Scope::System };
    let Some(curve) = MmuCurve::new(&trace.mutators.utilization(work, scope)) else { return Mmu::default() };
    let points: Vec<(u64, f64)> =
        curve.plot().into_iter().map(|point| (point.window_nanos, point.utilization)).collect();
    let mut quantiles = [Vec::new(), Vec::new()];
    for &(window, _) in points.iter().step_by(QUANTILE_STEP) {
        for (series, value) in quantiles.iter_mut().zip(curve.mud(window, &[0.01, 0.05])) {
            series.push((window, value));
        }
    }
    let start = trace.model.range().start;
    let worst = curve.worst_windows(WORST_WINDOW_NANOS, N_WORST).into_iter();
    let worst =
        worst.map(|window| (window.begin.saturating_sub(start), window.length_nanos, window.utilization));
    Mmu { curve: points, quantiles, worst: worst.collect() }
}
