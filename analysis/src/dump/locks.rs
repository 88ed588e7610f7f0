//! The locks that goroutines of a dump wait for, with those that wait and those that probably hold them.

use goscope_parsers::dump::{Dump, FrameId, Tables};

use super::wait_graph::wait_graph;

/// A lock that goroutines wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFacts {
    /// `a mutex`, `an RWMutex (to read)`: what the first of them waits for.
    pub noun: &'static str,
    /// Its address, if the dump has it.
    pub address: Option<u64>,
    /// The call that waits, of the first of them.
    pub site: Option<FrameId>,
    /// Rows of those that wait, in the order of the dump.
    pub waiters: Vec<u32>,
    /// Rows of those that probably hold it: several where that is not clear, or for readers; none if nothing tells.
    pub holders: Vec<u32>,
    /// Whether one of those that wait is in a cycle, or behind one.
    pub is_stuck: bool,
}

/// The locks of a dump, those with the most waiters first.
pub fn locks(dump: &Dump, tables: &Tables) -> Vec<LockFacts> {
    let graph = wait_graph(dump, tables);
    let mut found: Vec<LockFacts> = Vec::new();
    for lock in &graph.waiting.locks {
        let Some(&first) = lock.waiters.first() else { continue };
        let Some(wait) = graph.waiting.waits[first as usize] else { continue };
        let frames = tables.stack(dump.goroutines[first as usize].stack).frames;
        found.push(LockFacts {
            noun: wait.kind.noun(),
            address: lock.id.address(),
            site: frames.get(wait.site).copied(),
            waiters: lock.waiters.clone(),
            holders: lock.holders.clone(),
            is_stuck: lock.waiters.iter().any(|&row| graph.is_stuck(row)),
        });
    }
    found.sort_by_key(|lock| (!lock.is_stuck, std::cmp::Reverse(lock.waiters.len())));
    found
}
