//! The matrix of `goscope trace blame`: who waits × who ends it, and functions that wait for each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::read::ModelFacts;
use super::time_range::named;
use crate::query::trace::answers::blame::{Knot, Matrix, MatrixCell, WakerKind};
use crate::text::{self, Table, column};

/// The columns of the matrix.
const LETTERS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// What ended the waits of a cell, in a word or by its function.
fn waker_text(facts: &ModelFacts, cell: &MatrixCell) -> String {
    match cell.waker_kind {
        WakerKind::Goroutine => named(facts.text(cell.waker)),
        kind => format!("({})", kind.name()),
    }
}

/// The matrix with what its columns stand for below it, of no more than so many rows.
pub(super) fn matrix_text(facts: &ModelFacts, matrix: &Matrix, limit: usize) -> String {
    let (mut of_waiter, mut of_waker) = (BTreeMap::new(), BTreeMap::new());
    let mut cells: BTreeMap<(String, String), u64> = BTreeMap::new();
    for cell in &matrix.cells {
        let (waiter, waker) = (named(facts.text(cell.waiter)), waker_text(facts, cell));
        *of_waiter.entry(waiter.clone()).or_insert(0) += cell.nanos;
        *of_waker.entry(waker.clone()).or_insert(0) += cell.nanos;
        *cells.entry((waiter, waker)).or_default() += cell.nanos;
    }
    let (rows, columns) = (most_first(of_waiter), most_first(of_waker));
    let shown = columns.len().min(LETTERS.len());
    let mut titles = vec!["waited"];
    titles.extend(&LETTERS[..shown]);
    titles.push("<waits in");
    let mut table = Table::new(&titles);
    for (waiter, nanos) in rows.iter().take(limit) {
        let mut line = vec![column::duration(*nanos)];
        line.extend(columns[..shown].iter().map(|(waker, _)| {
            let nanos = cells.get(&(waiter.clone(), waker.clone()));
            nanos.map_or("·".to_owned(), |nanos| column::duration(*nanos))
        }));
        line.push(waiter.clone());
        table.row(line);
    }
    let mut text = table.text();
    if rows.len() > limit {
        let _ = writeln!(text, "… {} more (--limit)", rows.len() - limit);
    }
    text.push_str("\nended from\n");
    for ((waker, nanos), letter) in columns[..shown].iter().zip(LETTERS) {
        let _ = writeln!(text, "  {letter}  {} ({})", text::name(waker), column::duration(*nanos));
    }
    if columns.len() > shown {
        let _ = writeln!(text, "  … {} more (--json has all)", columns.len() - shown);
    }
    for knot in &matrix.knots {
        let _ = writeln!(text, "\n{}", knot_text(facts, knot));
    }
    text
}

fn most_first(sums: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut sums: Vec<(String, u64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sums
}

/// What a knot is, in a sentence.
fn knot_text(facts: &ModelFacts, knot: &Knot) -> String {
    let functions: Vec<String> = knot.functions.iter().map(|name| text::name(&facts.text(*name))).collect();
    let who = match functions.as_slice() {
        [one] => format!("Goroutines of {one} wait for each other"),
        _ => format!("Goroutines of {} wait for each other", functions.join(" and ")),
    };
    let share = text::percent(knot.share());
    let home = if knot.is_home() { ": the bottleneck is among them" } else { "" };
    format!("{who} for {}, {share} of all that they wait{home}.", column::duration(knot.nanos))
}

/// A cell as JSON.
#[derive(Serialize)]
pub(super) struct CellJson {
    waiter: String,
    waker_kind: &'static str,
    waker: Option<String>,
    count: u64,
    nanos: u64,
}

/// A knot as JSON.
#[derive(Serialize)]
pub(super) struct KnotJson {
    functions: Vec<String>,
    nanos: u64,
    wait_nanos: u64,
    share: f64,
    is_home: bool,
}

pub(super) fn cells_json(facts: &ModelFacts, matrix: &Matrix, limit: usize) -> Vec<CellJson> {
    let cell = |cell: &MatrixCell| CellJson {
        waiter: facts.text(cell.waiter),
        waker_kind: cell.waker_kind.name(),
        waker: Some(facts.text(cell.waker)).filter(|name| !name.is_empty()),
        count: cell.count,
        nanos: cell.nanos,
    };
    matrix.cells.iter().take(limit).map(cell).collect()
}

pub(super) fn knots_json(facts: &ModelFacts, matrix: &Matrix) -> Vec<KnotJson> {
    let knot = |knot: &Knot| KnotJson {
        functions: knot.functions.iter().map(|name| facts.text(*name)).collect(),
        nanos: knot.nanos,
        wait_nanos: knot.wait_nanos,
        share: knot.share(),
        is_home: knot.is_home(),
    };
    matrix.knots.iter().map(knot).collect()
}
