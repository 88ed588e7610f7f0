//! Who waits for whom: from those that wait for a lock to those that hold it, or stand before them in its queue.

use goscope_parsers::dump::{Dump, Tables};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cycles::{cycles, way_around};
use super::holders::{Lock, Waiting, waiting};
use super::waits::{WaitKind, is_active};

/// The graph of one dump.
#[derive(Debug)]
pub(super) struct WaitGraph {
    pub(super) waiting: Waiting,
    /// Rows that wait for a lock: the nodes.
    pub(super) nodes: Vec<u32>,
    /// To other nodes.
    pub(super) edges: Vec<Vec<usize>>,
    /// Cycles: rows in the order of who waits for whom, and how many more wait behind them.
    pub(super) cycles: Vec<Cycle>,
    /// Rows in a cycle or behind one.
    stuck: FxHashSet<u32>,
}

/// Goroutines that wait for each other.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Rows: each waits for the next one, the last for the first.
    pub(super) rows: Vec<u32>,
    /// How many wait for a lock that one of them holds, or for one that waits so.
    pub(super) n_behind: usize,
}

/// Edges that are kept of a node.
const MAX_EDGES: usize = 8;

pub(super) fn wait_graph(dump: &Dump, tables: &Tables) -> WaitGraph {
    let waiting = waiting(dump, tables);
    let mut nodes: Vec<u32> = waiting.lock_of.keys().copied().collect();
    nodes.sort_unstable();
    let node_of: FxHashMap<u32, usize> = nodes.iter().zip(0..).map(|(&row, node)| (row, node)).collect();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|row| {
            let lock = &waiting.locks[waiting.lock_of[row]];
            let before = holders_or_queue(*row, lock, &waiting, dump, tables);
            let mut before: Vec<usize> =
                before.into_iter().filter_map(|row| node_of.get(&row).copied()).collect();
            before.truncate(MAX_EDGES);
            before
        })
        .collect();
    let mut graph = WaitGraph { waiting, nodes, edges, cycles: Vec::new(), stuck: FxHashSet::default() };
    graph.find_cycles();
    graph
}

/// Rows that a waiter waits for.
fn holders_or_queue(row: u32, lock: &Lock, waiting: &Waiting, dump: &Dump, tables: &Tables) -> Vec<u32> {
    let kind_of = |row: u32| waiting.waits[row as usize].map(|wait| wait.kind);
    let state = |row: u32| &*tables.state(dump.goroutines[row as usize].state).name;
    let mut before = lock.holders.clone();
    if before.iter().any(|&row| is_active(state(row))) {
        return before;
    }
    let is_other = |other: &u32| *other != row;
    let waiters = lock.waiters.iter().copied().filter(is_other);
    match kind_of(row) {
        // A writer that waits for readers keeps new readers out.
        Some(WaitKind::RwRead) => {
            before.retain(is_other);
            before.extend(waiters.filter(|&other| kind_of(other) == Some(WaitKind::RwWrite)).take(MAX_EDGES));
        }
        Some(WaitKind::RwWrite) => {
            let waits_for_writer = state(row) == "sync.Mutex.Lock";
            let queue: Vec<u32> = if waits_for_writer {
                waiters.filter(|&other| state(other) == "sync.RWMutex.Lock").take(MAX_EDGES).collect()
            } else {
                let reads = |&other: &u32| kind_of(other) == Some(WaitKind::RwRead);
                waiters
                    .filter(reads)
                    .filter(|&other| reads_twice(other, waiting, dump, tables))
                    .take(MAX_EDGES)
                    .collect()
            };
            queue.into_iter().for_each(|other| {
                if !before.contains(&other) {
                    before.push(other);
                }
            });
        }
        _ => {}
    }
    before
}

/// Whether a goroutine that waits to read an RWMutex was called from another method of the same struct: it probably
/// reads it already.
fn reads_twice(row: u32, waiting: &Waiting, dump: &Dump, tables: &Tables) -> bool {
    let Some(wait) = waiting.waits[row as usize] else { return false };
    let Some(container) = wait.container else { return false };
    let words = tables.words(dump.goroutines[row as usize].words).iter();
    let mut outer = words.filter(|word| usize::from(word.frame) > wait.site && word.position == 0);
    outer.any(|word| word.value == container)
}

impl WaitGraph {
    fn find_cycles(&mut self) {
        const MAX_CYCLES: usize = 100;
        let mut reversed: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (node, edges) in self.edges.iter().enumerate() {
            edges.iter().for_each(|&target| reversed[target].push(node));
        }
        for component in cycles(&self.edges).into_iter().take(MAX_CYCLES) {
            let way = way_around(&self.edges, &component);
            let rows = way.iter().map(|&node| self.nodes[node]).collect();
            let behind = reaching(&reversed, &component);
            let n_behind = behind.len().saturating_sub(way.len());
            self.stuck.extend(behind.into_iter().map(|node| self.nodes[node]));
            self.cycles.push(Cycle { rows, n_behind });
        }
        self.cycles.sort_by_key(|cycle| cycle.rows.first().copied());
    }

    /// Whether a row is in a cycle or waits behind one.
    pub(super) fn is_stuck(&self, row: u32) -> bool {
        self.stuck.contains(&row)
    }
}

/// The nodes that wait for one of a component, however far away; those of the component belong to them.
fn reaching(reversed: &[Vec<usize>], component: &[usize]) -> Vec<usize> {
    let mut is_reached = vec![false; reversed.len()];
    component.iter().for_each(|&node| is_reached[node] = true);
    let (mut open, mut reached) = (component.to_vec(), Vec::new());
    while let Some(node) = open.pop() {
        reached.push(node);
        for &before in &reversed[node] {
            if !std::mem::replace(&mut is_reached[before], true) {
                open.push(before);
            }
        }
    }
    reached
}
