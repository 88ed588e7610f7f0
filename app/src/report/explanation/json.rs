//! Explanations as JSON, with times in ns per operation.

use goscope_analysis::explain::{Answer, Change, Cost, Explanation, LibraryPart, Part, Row, SideFigures};
use serde::Serialize;

/// An explanation for scripts.
#[derive(Debug, Serialize)]
pub struct ExplanationJson {
    benchmark: String,
    package: String,
    /// One of `costs`, `slower`, `faster`, `in_no_function`, `alike`, `same`, `waits`, `cannot_tell`.
    answer: &'static str,
    line: String,
    /// Whether iterations are known: times are CPU time then, else parts of the printed ns/op.
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    /// The functions that it is put down to, the largest change first.
    culprits: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<SideJson>,
    head: SideJson,
    rows: Vec<RowJson>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SideJson {
    names: Vec<String>,
    samples: f64,
    profiles: usize,
    iterations: Option<f64>,
    cpu_per_op: Option<f64>,
    cpu_sigma: Option<f64>,
    wall_per_op: Option<f64>,
    wall_values: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct RowJson {
    function: String,
    /// `operation`, or what is beside it.
    part: &'static str,
    #[serde(flatten)]
    cost: CostJson,
    /// Whether the change is beyond two standard errors.
    clear: bool,
    /// Itself alone, without library functions.
    itself_ns_per_op: Vec<f64>,
    /// With all own code that it calls.
    all_ns_per_op: Vec<f64>,
    library: Vec<LibraryJson>,
}

#[derive(Debug, Serialize)]
struct LibraryJson {
    function: String,
    #[serde(flatten)]
    cost: CostJson,
}

/// What it costs on both sides, and the change.
#[derive(Debug, Serialize)]
struct CostJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    base_ns_per_op: Option<f64>,
    head_ns_per_op: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<f64>,
    sigma: f64,
    /// Of base and head; of the head alone without a base.
    samples: Vec<f64>,
}

impl From<&Explanation> for ExplanationJson {
    fn from(explanation: &Explanation) -> Self {
        let culprits = match &explanation.answer {
            Answer::Changed { culprits } | Answer::Same { shifted: culprits } => culprits.as_slice(),
            _ => &[],
        };
        let unit = explanation.unit();
        Self {
            benchmark: explanation.title(),
            package: explanation.key.package.clone(),
            answer: answer(explanation),
            line: explanation.line(),
            exact: explanation.is_exact,
            delta: explanation.change.map(|change| change.delta),
            sigma: explanation.change.map(|change| change.sigma),
            culprits: culprits.iter().map(|culprit| culprit.function.to_string()).collect(),
            base: explanation.base.as_ref().map(SideJson::from),
            head: SideJson::from(&explanation.head),
            rows: explanation.rows.iter().map(RowJson::from).collect(),
            notes: explanation.notes.iter().map(|note| note.text(unit)).collect(),
        }
    }
}

fn answer(explanation: &Explanation) -> &'static str {
    let delta = explanation.change.map_or(0.0, |change| change.delta);
    match explanation.answer {
        Answer::Costs => "costs",
        Answer::Changed { .. } if delta < 0.0 => "faster",
        Answer::Changed { .. } => "slower",
        Answer::InNoFunction => "in_no_function",
        Answer::Alike => "alike",
        Answer::Same { .. } => "same",
        Answer::Waits => "waits",
        Answer::CannotTell(_) => "cannot_tell",
    }
}

impl From<&SideFigures> for SideJson {
    fn from(side: &SideFigures) -> Self {
        Self {
            names: side.names.iter().map(ToString::to_string).collect(),
            samples: side.samples,
            profiles: side.n_profiles,
            iterations: side.iterations.all(),
            cpu_per_op: side.cpu_per_op.map(|cpu| cpu.per_op),
            cpu_sigma: side.cpu_per_op.map(|cpu| cpu.sigma),
            wall_per_op: side.wall.as_ref().map(|wall| wall.mean),
            wall_values: side.wall.as_ref().map(|wall| wall.values.clone()).unwrap_or_default(),
        }
    }
}

const fn part(part: Part) -> &'static str {
    match part {
        Part::Operation => "operation",
        Part::Setup => "setup",
        Part::CollectionBeforeRuns => "collection_before_runs",
        Part::Background => "background",
        Part::OtherGoroutines => "other_goroutines",
        Part::Harness => "testing",
    }
}

impl From<&Row> for RowJson {
    fn from(row: &Row) -> Self {
        Self {
            function: row.function.to_string(),
            part: part(row.part),
            cost: CostJson::new(row.base.as_ref(), &row.head, row.change),
            clear: row.is_clear(),
            itself_ns_per_op: per_side(row.base.is_some(), row.itself),
            all_ns_per_op: per_side(row.base.is_some(), row.all),
            library: row.library.iter().map(LibraryJson::from).collect(),
        }
    }
}

impl From<&LibraryPart> for LibraryJson {
    fn from(part: &LibraryPart) -> Self {
        Self {
            function: part.function.to_string(),
            cost: CostJson::new(part.base.as_ref(), &part.head, part.change),
        }
    }
}

impl CostJson {
    fn new(base: Option<&Cost>, head: &Cost, change: Option<Change>) -> Self {
        Self {
            base_ns_per_op: base.map(|base| base.per_op),
            head_ns_per_op: head.per_op,
            delta: change.map(|change| change.delta),
            sigma: change.map_or(head.sigma, |change| change.sigma),
            samples: base.into_iter().chain([head]).map(|cost| cost.samples).collect(),
        }
    }
}

fn per_side(has_base: bool, [base, head]: [f64; 2]) -> Vec<f64> {
    if has_base { vec![base, head] } else { vec![head] }
}
