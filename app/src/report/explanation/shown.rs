//! Which rows of an explanation are shown, and how.

use std::sync::Arc;

use goscope_analysis::explain::{Change, Cost, Explanation, LibraryPart, Part, PerOpUnit, Row, SideFigures};
use goscope_analysis::symbol::short_name;

/// A row that did not change beyond two standard errors is shown if it is this part of an operation or more.
const WORTH_SHOWING: f64 = 0.05;

/// Library functions below a row, at most.
const MOST_LIBRARY: usize = 3;

/// Without a base, a library function is shown if it is this part of its row or more.
const LIBRARY_WORTH_SHOWING: f64 = 0.2;

/// A row as it is shown: cells for samples, base, head, change and ±, and a name.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Samples of both sides, or of one.
    pub samples: String,
    /// Time on the base.
    pub base: String,
    /// Time on the head, or on the only side.
    pub head: String,
    /// The difference, or `~`; empty of one side.
    pub change: String,
    /// One standard error of the difference, or of the only time.
    pub sigma: String,
    /// What it is, with a mark for what is below the row before it.
    pub name: String,
    /// The function, of those that are of one.
    pub function: Option<Arc<str>>,
    /// What it costs on the head, and what the head has more, in ns per operation.
    pub nanos: [f64; 2],
    /// Below the row before it.
    pub is_part: bool,
}

impl Shown {
    fn new(unit: PerOpUnit, base: Option<&Cost>, head: &Cost, change: Option<&Change>, name: String) -> Self {
        let samples = match base {
            Some(base) => format!("{:.0}→{:.0}", base.samples, head.samples),
            None => format!("{:.0}", head.samples),
        };
        Self {
            samples,
            base: base.map_or_else(String::new, |base| unit.number(base.per_op)),
            head: unit.number(head.per_op),
            change: change.map_or_else(String::new, |change| unit.signed(change.delta)),
            sigma: unit.number(change.map_or(head.sigma, |change| change.sigma)),
            name,
            function: None,
            nanos: [head.per_op, change.map_or(0.0, |change| change.delta)],
            is_part: false,
        }
    }
}

/// The whole operation, the rows that changed or cost most, the sum of the others, and what is beside the operation.
pub fn shown_rows(explanation: &Explanation, max_rows: usize) -> Vec<Shown> {
    let unit = explanation.unit();
    let operation: Vec<&Row> = explanation.rows.iter().filter(|row| row.part == Part::Operation).collect();
    let whole = sum(&operation);
    let (clear, mut others): (Vec<&Row>, Vec<&Row>) = operation.iter().partition(|row| row.is_clear());
    others.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
    let total = whole.1.per_op.max(whole.0.map_or(0.0, |base| base.per_op));
    let is_shown = |row: &&&Row| !row.is_faint() && cost(row) >= total * WORTH_SHOWING;
    let n_large = others.iter().take_while(is_shown).count();
    let n_clear = clear.len().min(max_rows);
    let n_large = n_large.min(max_rows - n_clear);
    let rest: Vec<&Row> = clear[n_clear..].iter().chain(&others[n_large..]).copied().collect();
    let mut shown = vec![of_sum(unit, &operation, "the whole operation".to_owned())];
    for row in &clear[..n_clear] {
        shown.push(of_row(unit, row, ""));
        shown.extend(library(row).map(|part| of_part(unit, part)));
    }
    for row in &others[..n_large] {
        shown.push(of_row(unit, row, ""));
        shown.extend(library(row).filter(|part| part.change.is_none()).map(|part| of_part(unit, part)));
    }
    if !rest.is_empty() {
        let noun = if rest.len() == 1 { "other function" } else { "other functions" };
        shown.push(of_sum(unit, &rest, format!("{} {noun}", rest.len())));
    }
    let beside = explanation.rows.iter().filter(|row| row.part != Part::Operation);
    shown.extend(beside.map(|row| of_row(unit, row, "beside it: ")));
    shown
}

fn cost(row: &Row) -> f64 {
    row.head.per_op.max(row.base.map_or(0.0, |base| base.per_op))
}

fn of_row(unit: PerOpUnit, row: &Row, prefix: &str) -> Shown {
    let name = format!("{prefix}{}", short_name(&row.function));
    let mut shown = Shown::new(unit, row.base.as_ref(), &row.head, row.change.as_ref(), name);
    if row.change.is_some() && !row.is_clear() {
        shown.change = "~".to_owned();
    }
    shown.function = (row.part == Part::Operation).then(|| Arc::clone(&row.function));
    shown
}

fn of_part(unit: PerOpUnit, part: &LibraryPart) -> Shown {
    let name = format!("  → {}", short_name(&part.function));
    let shown = Shown::new(unit, part.base.as_ref(), &part.head, part.change.as_ref(), name);
    Shown { is_part: true, function: Some(Arc::clone(&part.function)), ..shown }
}

/// The library functions that a row's time or change is in.
fn library(row: &Row) -> impl Iterator<Item = &LibraryPart> {
    let is_shown = |part: &&LibraryPart| match (part.change, row.change) {
        (Some(change), _) => change.is_clear(),
        _ => part.head.per_op >= row.head.per_op * LIBRARY_WORTH_SHOWING,
    };
    row.library.iter().filter(is_shown).take(MOST_LIBRARY)
}

/// Costs of rows together.
fn sum(rows: &[&Row]) -> (Option<Cost>, Cost) {
    let add = |all: Cost, cost: &Cost| Cost {
        samples: all.samples + cost.samples,
        per_op: all.per_op + cost.per_op,
        sigma: all.sigma.hypot(cost.sigma),
    };
    let has_base = rows.iter().any(|row| row.base.is_some());
    let base = rows.iter().filter_map(|row| row.base.as_ref()).fold(Cost::default(), add);
    let head = rows.iter().map(|row| &row.head).fold(Cost::default(), add);
    (has_base.then_some(base), head)
}

fn of_sum(unit: PerOpUnit, rows: &[&Row], name: String) -> Shown {
    let (base, head) = sum(rows);
    let change =
        base.map(|base| Change { delta: head.per_op - base.per_op, sigma: base.sigma.hypot(head.sigma) });
    let mut shown = Shown::new(unit, base.as_ref(), &head, change.as_ref(), name);
    if change.is_some_and(|change| !change.is_clear()) {
        shown.change = "~".to_owned();
    }
    shown
}

/// What a side rests on: `base: 9,900 ± 995 ns/op of CPU time, 15,928 by the clock; 99 samples, 100,002 iterations …`.
pub fn side_line(unit: PerOpUnit, name: &str, side: &SideFigures) -> String {
    let cpu = side.cpu_per_op.map(|cpu| {
        format!("{} ± {} {} of CPU time", unit.number(cpu.per_op), unit.number(cpu.sigma), unit.name())
    });
    let wall =
        side.wall.as_ref().map(|wall| format!("{} {} by the clock", unit.number(wall.mean), unit.name()));
    let times: Vec<String> = cpu.into_iter().chain(wall).collect();
    let names: Vec<&str> = side.names.iter().map(Arc::as_ref).collect();
    let prefix = if name.is_empty() { String::new() } else { format!("{name}: ") };
    if names.is_empty() {
        return format!("{prefix}not in the results");
    }
    let times = if times.is_empty() { "no times".to_owned() } else { times.join(", ") };
    format!("{prefix}{times}; {} of {}", side.basis(), names.join(", "))
}
