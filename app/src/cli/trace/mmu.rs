//! `goscope trace mmu`: the smallest share of the Ps that the garbage collector left to the program.

use std::fmt::Write as _;

use clap::ValueEnum;
use goscope_analysis::trace::mmu::{MmuCurve, WorstWindow};
use goscope_analysis::trace::mutator_log::MutatorLog;
use goscope_analysis::trace::utilization::{GcWork, MarkRule, Scope};
use serde::Serialize;

use super::json::HeadJson;
use super::read::{ReadArgs, TraceFacts};
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::query::trace::times::duration_nanos;
use crate::text::{self, Table, column};

/// The quantiles to print, one column each; the first is the minimum.
const QUANTILES: [f64; 4] = [0.0, 0.001, 0.01, 0.05];

const MORE_HELP: &str = "\
An MMU of 75 % for 10 ms: wherever one puts a window of 10 ms, the program had
75 % of the Ps or more. The other columns are what all but the worst 0.1 %, 1 %
and 5 % of the windows have. docs/mmu.md says why the numbers differ from those
of `go tool trace`; --like-go gives the latter.

Examples:
  goscope trace mmu trace.out
  goscope trace mmu trace.out --window 1ms --window 20ms --worst 3
  goscope trace mmu trace.out --work assist --per-proc --range 1s..2s";

/// Arguments of `goscope trace mmu`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct MmuArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Length of the window, several times for several [default: 1us to 1s by tens]
    #[arg(long, value_name = "DURATION", value_parser = duration_nanos)]
    window: Vec<i64>,
    /// Work of the collector that counts as taken from the program
    #[arg(
        long,
        value_enum,
        value_name = "WORK",
        value_delimiter = ',',
        default_value = "stw,background,assist"
    )]
    work: Vec<WorkArg>,
    /// Measure each P by itself instead of all together
    #[arg(long)]
    per_proc: bool,
    /// List the N worst windows, of the length of the first --window (10ms without one)
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
    /// Print the numbers of Go 1.22 to 1.27.3, which count mark workers that have stopped (docs/mmu.md)
    #[arg(long)]
    like_go: bool,
    /// Print JSON, with the points of the curve (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Work of the garbage collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WorkArg {
    /// Pauses for the collector
    Stw,
    /// Dedicated and fractional mark workers
    Background,
    /// Mark assists: goroutines that must mark before they may allocate
    Assist,
    /// Sweeping before allocations
    Sweep,
}

impl WorkArg {
    fn work(self) -> GcWork {
        match self {
            Self::Stw => GcWork::STW,
            Self::Background => GcWork::BACKGROUND,
            Self::Assist => GcWork::ASSIST,
            Self::Sweep => GcWork::SWEEP,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Stw => "stw",
            Self::Background => "background",
            Self::Assist => "assist",
            Self::Sweep => "sweep",
        }
    }
}

/// Prints the table and the worst windows.
pub(super) fn run(args: &MmuArgs) -> Result<(), Failure> {
    let mut log = MutatorLog::default();
    let facts = args.read.read(|event, tables| log.event(event, tables))?;
    let work = args.work.iter().fold(GcWork::NONE, |sum, work| sum.and(work.work()));
    let scope = if args.per_proc { Scope::PerProc } else { Scope::System };
    let rule = if args.like_go { MarkRule::NeverCleared } else { MarkRule::UntilItStops };
    let utilization =
        log.utilization_by_rule(work, scope, rule).clip(facts.part.range.start, facts.part.range.end);
    let curve = MmuCurve::new(&utilization).ok_or_else(|| {
        args.read.no_data("the trace does not say what GOMAXPROCS is, so there are no Ps to share")
    })?;
    let report = Report::new(args, &facts, &curve);
    if args.json {
        args.output.write_json(&report.json())?;
    } else {
        args.output.write_text(&report.text())?;
    }
    facts.warn();
    Ok(())
}

struct Report<'a> {
    args: &'a MmuArgs,
    facts: &'a TraceFacts,
    curve: &'a MmuCurve,
    windows: Vec<WindowJson>,
    worst: Vec<WorstWindow>,
}

impl<'a> Report<'a> {
    fn new(args: &'a MmuArgs, facts: &'a TraceFacts, curve: &'a MmuCurve) -> Self {
        let asked: Vec<u64> = args.window.iter().map(|&nanos| nanos.unsigned_abs()).collect();
        let by_tens = (3..10).map(|power| 10_u64.pow(power)).filter(|&nanos| nanos <= curve.length());
        let lengths: Vec<u64> = if asked.is_empty() { by_tens.collect() } else { asked.clone() };
        let windows = lengths.into_iter().map(|window_nanos| {
            let quantiles = QUANTILES.into_iter().zip(curve.mud(window_nanos, &QUANTILES)).collect();
            WindowJson { window_nanos, mmu: curve.mmu(window_nanos), quantiles }
        });
        let worst = curve.worst_windows(asked.first().copied().unwrap_or(10_000_000), args.worst);
        Self { args, facts, curve, windows: windows.collect(), worst }
    }

    fn work_names(&self) -> Vec<&'static str> {
        self.args.work.iter().map(|work| work.name()).collect()
    }

    fn text(&self) -> String {
        let of = if self.args.per_proc { "each P for itself" } else { "all Ps together" };
        let mut text = format!(
            "Mutator utilization of {of} in {}; the collector takes: {}\n\n",
            self.facts.part.range_text(),
            self.work_names().join(", "),
        );
        let percent = text::fine_percent;
        let mut table = Table::new(&["window", "MMU", "99.9%", "99%", "95%"]);
        for window in &self.windows {
            let mut cells = vec![column::duration(window.window_nanos), percent(window.mmu)];
            cells.extend(window.quantiles.iter().skip(1).map(|&(_, value)| percent(value)));
            table.row(cells);
        }
        text.push_str(&table.text());
        if let Some(first) = self.worst.first() {
            let _ = writeln!(text, "\nWorst windows of {}\n", column::duration(first.length_nanos));
            let mut table = Table::new(&["at", "utilization", "P"]);
            for window in &self.worst {
                table.row(vec![
                    column::moment(self.facts.part.since_start(window.begin)),
                    percent(window.utilization),
                    window.proc.map_or("all".to_owned(), |proc| proc.to_string()),
                ]);
            }
            text.push_str(&table.text());
        }
        text
    }

    fn json(&self) -> MmuJson<'_> {
        let worst = self.worst.iter().map(|window| WorstJson {
            begin_nanos: self.facts.part.since_start(window.begin),
            length_nanos: window.length_nanos,
            proc: window.proc,
            utilization: window.utilization,
        });
        let curve = self.curve.plot().into_iter().map(|point| (point.window_nanos, point.utilization));
        MmuJson {
            head: self.facts.head("goscope.trace_mmu/1"),
            work: self.work_names(),
            scope: if self.args.per_proc { "proc" } else { "system" },
            windows: &self.windows,
            worst: worst.collect(),
            curve: curve.collect(),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct MmuJson<'a> {
    #[serde(flatten)]
    head: HeadJson,
    work: Vec<&'static str>,
    scope: &'static str,
    windows: &'a [WindowJson],
    worst: Vec<WorstJson>,
    curve: Vec<(u64, f64)>,
}

#[derive(Serialize)]
struct WindowJson {
    window_nanos: u64,
    mmu: f64,
    quantiles: Vec<(f64, f64)>,
}

#[derive(Serialize)]
struct WorstJson {
    begin_nanos: i64,
    length_nanos: u64,
    proc: Option<u32>,
    utilization: f64,
}
