//! What a reader sends beside events that go to a builder on another thread.

use goscope_parsers::trace::{Continuity, Event, EventKind, Range, Tables, WideArgsId};

/// What an event does not contain, copied from the tables while they are available.
///
/// A reader on one thread sends this with the events to the builder on another.
#[derive(Clone, Debug, Default)]
pub struct ChunkNotes {
    /// Of each Sync event of the chunk: whether states begin anew.
    pub(super) anew: Vec<bool>,
    /// Of each end of a sweep: bytes swept and reclaimed.
    pub(super) sweeps: Vec<[u64; 2]>,
}

impl ChunkNotes {
    /// Takes notes of the events of a chunk.
    pub fn take(&mut self, events: &[Event], tables: &Tables) {
        self.anew.clear();
        self.sweeps.clear();
        for event in events {
            match event.kind {
                EventKind::Sync { generation, .. } => {
                    let generation = tables.generation(generation);
                    self.anew.push(generation.is_some_and(|g| g.continuity == Continuity::StartsAnew));
                }
                EventKind::RangeEnd(Range::Sweep { bytes, .. }) => {
                    self.sweeps.push(sweep_bytes(bytes, tables));
                }
                _ => {}
            }
        }
    }
}

fn sweep_bytes(bytes: WideArgsId, tables: &Tables) -> [u64; 2] {
    let [swept, reclaimed, _] = tables.wide_args(bytes);
    [swept, reclaimed]
}
