//! Waits as a matrix, who waits × who ends it, and its knots: functions whose goroutines wait for each other.
//!
//! ```text
//!               ended in   give   answer   (timer)
//! waits in  take            610        ·        ·
//!           ask               ·       84        2
//!
//! knot      main.client ⇄ main.server      each waits for the other: what one saves, the other waits
//! ```
//!
//! Knots are the strongly connected functions of goroutines in the graph waiter → waker (wPerf: Zhou et al., OSDI 2018).
//! Edges of less than a hundredth of all waits are left out of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use goscope_parsers::trace::{StackId, StringId, Tables};

use super::blame::{Blame, BlameRow, WakerKind};
use crate::trace::store::entry::entry_frame;
use crate::trace::store::names::user_function;
use crate::trace::words::time::add_up;

/// Edges of less than one part in so many of all waits make no knot.
const LEAST_EDGE: u64 = 100;

/// From this part of its members' waits on, a knot is where the bottleneck is.
const HOME: f64 = 0.8;

/// Waits in one function that were ended from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// The function that waits.
    pub waiter: StringId,
    /// What ended the waits.
    pub waker_kind: WakerKind,
    /// The function that ended them, if a goroutine did; else none.
    pub waker: StringId,
    /// How many.
    pub count: u64,
    /// How long they are together, in goroutine-nanoseconds.
    pub nanos: u64,
}

/// Functions whose goroutines wait for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knot {
    /// The functions that the goroutines run, in order of their ids.
    pub functions: Vec<StringId>,
    /// How long they wait for each other.
    pub nanos: u64,
    /// How long they wait for anything.
    pub wait_nanos: u64,
}

impl Knot {
    /// The part of their waits that is for each other, in 0..=1.
    pub fn share(&self) -> f64 {
        self.nanos as f64 / self.wait_nanos.max(1) as f64
    }

    /// Whether the bottleneck is among them: most of their waits are for each other.
    pub fn is_home(&self) -> bool {
        self.share() >= HOME
    }
}

/// Waits by who waits and who ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Most time first; they add up to all waits.
    pub cells: Vec<MatrixCell>,
    /// Most time first.
    pub knots: Vec<Knot>,
}

/// The waits of an answer as a matrix.
pub fn matrix(tables: &Tables, blame: &Blame) -> Matrix {
    let mut cells: BTreeMap<(StringId, WakerKind, StringId), MatrixCell> = BTreeMap::new();
    for row in &blame.rows {
        let (waiter, waker_kind) = (user_function(tables, row.key.waiter_stack), row.key.waker_kind);
        let waker = waker_of(tables, row);
        let empty = MatrixCell { waiter, waker_kind, waker, count: 0, nanos: 0 };
        let cell = cells.entry((waiter, waker_kind, waker)).or_insert(empty);
        cell.count += row.count;
        add_up(&mut cell.nanos, row.nanos);
    }
    let mut cells: Vec<MatrixCell> = cells.into_values().collect();
    cells.sort_by_key(|cell| (Reverse(cell.nanos), cell.waiter, cell.waker_kind, cell.waker));
    Matrix { cells, knots: knots(tables, blame) }
}

/// The function that ended the waits of a row: where it did so, else what its goroutine runs.
fn waker_of(tables: &Tables, row: &BlameRow) -> StringId {
    match user_function(tables, row.key.waker_stack) {
        StringId::NONE => row.key.waker_goroutine_function,
        function => function,
    }
}

/// The function that the goroutines of a stack run; none for no stack.
fn runs(tables: &Tables, stack: StackId) -> StringId {
    entry_frame(tables, stack).map_or(StringId::NONE, |frame| tables.frame(frame).function)
}

fn knots(tables: &Tables, blame: &Blame) -> Vec<Knot> {
    let mut edges: BTreeMap<(StringId, StringId), u64> = BTreeMap::new();
    let mut waits: BTreeMap<StringId, u64> = BTreeMap::new();
    for row in &blame.rows {
        let waiter = runs(tables, row.key.waiter_stack);
        add_up(waits.entry(waiter).or_default(), row.nanos);
        let waker = row.key.waker_goroutine_function;
        if waiter != StringId::NONE && waker != StringId::NONE {
            add_up(edges.entry((waiter, waker)).or_default(), row.nanos);
        }
    }
    edges.retain(|_, nanos| *nanos >= blame.total_nanos.div_ceil(LEAST_EDGE));
    let mut next: BTreeMap<StringId, Vec<StringId>> = BTreeMap::new();
    edges.keys().for_each(|&(waiter, waker)| next.entry(waiter).or_default().push(waker));
    // At most a hundred edges are left, so each function may be asked which ones it leads to.
    let reach: BTreeMap<StringId, BTreeSet<StringId>> =
        next.keys().map(|&function| (function, reached(&next, function))).collect();
    let leads = |from: StringId, to: StringId| reach.get(&from).is_some_and(|reach| reach.contains(&to));
    let mut seen: BTreeSet<StringId> = BTreeSet::new();
    let mut knots: Vec<Knot> = Vec::new();
    for &function in next.keys() {
        // Who waits for others of its own function alone is no knot of several, but one all the same.
        if !leads(function, function) || seen.contains(&function) {
            continue;
        }
        let functions: Vec<StringId> =
            next.keys().copied().filter(|&other| leads(function, other) && leads(other, function)).collect();
        seen.extend(functions.iter().copied());
        let is_inside = |name: &StringId| functions.contains(name);
        let inside = edges.iter().filter(|((waiter, waker), _)| is_inside(waiter) && is_inside(waker));
        let nanos = inside.map(|(_, nanos)| nanos).sum();
        let wait_nanos = functions.iter().filter_map(|name| waits.get(name)).sum();
        knots.push(Knot { functions, nanos, wait_nanos });
    }
    knots.sort_by(|a, b| b.nanos.cmp(&a.nanos).then_with(|| a.functions.cmp(&b.functions)));
    knots
}

/// All that a function leads to, over one edge or more.
fn reached(next: &BTreeMap<StringId, Vec<StringId>>, from: StringId) -> BTreeSet<StringId> {
    let mut found: BTreeSet<StringId> = BTreeSet::new();
    let mut open = vec![from];
    while let Some(function) = open.pop() {
        for &other in next.get(&function).into_iter().flatten() {
            if found.insert(other) {
                open.push(other);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use insta::assert_snapshot;

    use super::*;
    use crate::testing::trace;
    use crate::trace::answers::blame::{BlameScope, blame};

    /// Client and server wait for each other; a job waits for a timer, and is waited for by nobody.
    const PAIR: &str = r#"
        G1 main.client: 0 was running P0, 10 waiting "chan receive" @ main.ask<main.client, 40 runnable by G2 @ main.answer<main.server, 41 running P0, 50 waiting "chan receive" @ main.ask<main.client, 90 runnable by G2 @ main.answer<main.server, 91 running P0
        G2 main.server: 0 was waiting "select" @ main.listen<main.server, 9 runnable by G1 @ main.call<main.client, 12 running P1, 42 waiting "select" @ main.listen<main.server, 49 runnable by G1 @ main.call<main.client, 52 running P1
        G3 main.job: 0 was waiting "sleep" @ time.Sleep<main.job, 80 runnable, 82 running P2
        end: 100
    "#;

    #[test]
    fn who_waits_for_whom_and_which_functions_wait_for_each_other() {
        let model = trace(PAIR);
        let tables = model.tables();
        let blame = blame(&model, &BlameScope::All, None);
        let found = matrix(tables, &blame);
        let name = |id: StringId| tables.string_lossy(id).into_owned();
        let mut text = String::new();
        for cell in &found.cells {
            let (waiter, waker) = (name(cell.waiter), name(cell.waker));
            let kind = cell.waker_kind.name();
            let _ = writeln!(text, "{waiter} ← {kind} {waker}: {} in {}", cell.nanos, cell.count);
        }
        for knot in &found.knots {
            let functions: Vec<String> = knot.functions.iter().map(|id| name(*id)).collect();
            let home = if knot.is_home() { ", the bottleneck is here" } else { "" };
            let _ = writeln!(text, "{}: {} of {}{home}", functions.join(" ⇄ "), knot.nanos, knot.wait_nanos);
        }
        assert_snapshot!(text, @r"
        main.job ← timer : 80 in 1
        main.ask ← goroutine main.answer: 70 in 2
        main.listen ← goroutine main.call: 16 in 2
        main.client ⇄ main.server: 86 of 86, the bottleneck is here
        ");
        let sum: u64 = found.cells.iter().map(|cell| cell.nanos).sum();
        assert_eq!(sum, blame.total_nanos);
    }

    #[test]
    fn who_waits_in_a_row_is_no_knot() {
        let model = trace(
            r#"
            G1 main.a: 0 was waiting "sync" @ main.x<main.a, 60 runnable by G2 @ main.y<main.b, 61 running P0
            G2 main.b: 0 was waiting "sync" @ main.x<main.b, 40 runnable by G3 @ main.y<main.c, 41 running P1
            G3 main.c: 0 was running P2
            end: 100
        "#,
        );
        let found = matrix(model.tables(), &blame(&model, &BlameScope::All, None));
        assert_eq!((found.cells.len(), found.knots), (1, Vec::new()), "all wait in main.x for main.y");
    }
}
