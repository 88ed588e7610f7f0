//! Builds the columns of a piece on a second thread, when a core has nothing else to do: at the end of a trace, and
//! in a short one, there are fewer pieces than cores.
//!
//! ```text
//! a core is free    order ─► events, copied ─► bounded channel ─► columns, on a thread of their own
//! none is           order ─► columns, in turn, on the thread of the piece
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use goscope_parsers::trace::{Event, PieceSink, Tables};

use super::chunk_notes::ChunkNotes;
use super::piece::{BlockMemory, PieceBuilder};

/// Chunks on their way at most.
const CHUNKS: usize = 8;

/// For so many chunks in a row a core must have been free: one that is between two pieces is not.
const PATIENCE: usize = 4;

/// What pieces that are built at the same time share.
#[derive(Debug)]
pub(crate) struct Workshop {
    memory: Arc<BlockMemory>,
    /// Cores without a piece and without a helper; below 0 if there are more of those than cores.
    free_cores: AtomicIsize,
}

impl Workshop {
    /// For pieces that are put in order on so many threads.
    pub(crate) fn new(threads: usize) -> Arc<Self> {
        let free_cores = AtomicIsize::new(isize::try_from(threads).unwrap_or(isize::MAX));
        Arc::new(Self { memory: Arc::default(), free_cores })
    }

    fn has_free_core(&self) -> bool {
        self.free_cores.load(Ordering::Relaxed) > 0
    }

    /// Takes a core, free or not.
    fn core(self: &Arc<Self>) -> Core {
        self.free_cores.fetch_sub(1, Ordering::Relaxed);
        Core(Arc::clone(self))
    }
}

/// A core that is in use, given back when this is dropped.
#[derive(Debug)]
struct Core(Arc<Workshop>);

impl Drop for Core {
    fn drop(&mut self) {
        self.0.free_cores.fetch_add(1, Ordering::Relaxed);
    }
}

/// The columns of a piece, built on one thread or two.
#[derive(Debug)]
pub(crate) struct HelpedPiece {
    /// `None` while a helper has them.
    columns: Option<Box<PieceBuilder>>,
    helper: Option<Helper>,
    /// `None` when the piece is through.
    core: Option<Core>,
    /// Chunks in a row that came while a core was free.
    n_free: usize,
}

/// A thread that builds.
#[derive(Debug)]
struct Helper {
    full: SyncSender<Chunk>,
    empty: Receiver<Chunk>,
    thread: JoinHandle<Box<PieceBuilder>>,
    _core: Core,
}

/// Events with what is not in them.
#[derive(Debug, Default)]
struct Chunk {
    events: Vec<Event>,
    notes: ChunkNotes,
}

impl HelpedPiece {
    /// An empty one.
    pub(crate) fn new(workshop: &Arc<Workshop>) -> Self {
        let columns = Some(Box::new(PieceBuilder::new(&workshop.memory)));
        Self { columns, helper: None, core: Some(workshop.core()), n_free: 0 }
    }

    /// The columns of a piece that is through.
    pub(crate) fn into_columns(self) -> Option<PieceBuilder> {
        self.columns.map(|columns| *columns)
    }

    /// Goes on with a helper if a core has been free for a while.
    fn ask_for_help(&mut self) {
        let Some(Core(workshop)) = &self.core else { return };
        self.n_free = if workshop.has_free_core() { self.n_free + 1 } else { 0 };
        if self.n_free >= PATIENCE {
            self.helper = self.columns.take().map(|columns| Helper::start(columns, workshop.core()));
        }
    }
}

impl PieceSink for HelpedPiece {
    fn events(&mut self, events: &[Event], tables: &Tables) {
        if self.helper.is_none() {
            self.ask_for_help();
        }
        if let Some(helper) = &self.helper {
            helper.send(events, tables);
        } else if let Some(columns) = &mut self.columns {
            columns.events(events, tables);
        }
    }

    fn end(&mut self) {
        if let Some(helper) = self.helper.take() {
            self.columns = Some(helper.finish());
        }
        if let Some(columns) = &mut self.columns {
            columns.end();
        }
        self.core = None;
    }
}

impl Helper {
    fn start(mut columns: Box<PieceBuilder>, core: Core) -> Self {
        let (full, arriving) = mpsc::sync_channel::<Chunk>(CHUNKS);
        let (returning, empty) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            while let Ok(chunk) = arriving.recv() {
                columns.events_with(&chunk.events, &chunk.notes);
                // The other side may have finished; then the memory is not needed.
                let _ = returning.send(chunk);
            }
            columns
        });
        Self { full, empty, thread, _core: core }
    }

    fn send(&self, events: &[Event], tables: &Tables) {
        let mut chunk = self.empty.try_recv().unwrap_or_default();
        chunk.events.clear();
        chunk.events.extend_from_slice(events);
        chunk.notes.take(events, tables);
        // Nobody takes it if the other thread has panicked, which `finish` passes on.
        let _ = self.full.send(chunk);
    }

    fn finish(self) -> Box<PieceBuilder> {
        drop(self.full);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::trace::TraceReader;

    use super::*;
    use crate::trace::store::build::Builder;

    #[test]
    fn a_helper_builds_what_is_built_without_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/trace/shop-go1.27.trace");
        let bytes = std::fs::read(path).expect("a sample");
        let columns = |cores: usize| {
            let mut piece = HelpedPiece::new(&Workshop::new(cores));
            let mut reader = TraceReader::new(&bytes).expect("a trace");
            while let Some(chunk) = reader.next_chunk() {
                let few = chunk.events.chunks(100);
                few.for_each(|events| piece.events(events, chunk.tables));
            }
            assert_eq!(piece.helper.is_some(), cores > 1);
            piece.end();
            // Notes are memory that is used again; a helper gets its own.
            let columns = piece
                .into_columns()
                .map(|columns| Builder { notes: ChunkNotes::default(), ..columns.builder });
            columns.map(|columns| format!("{columns:?}"))
        };
        assert!(columns(2) == columns(1));
    }
}
