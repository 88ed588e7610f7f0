//! Builds the columns of a piece of a trace while nobody knows yet what was before it.

use std::sync::{Arc, Mutex};

use goscope_parsers::trace::{Event, Tables};

use super::builder::Builder;
use super::chunk_notes::ChunkNotes;
use crate::trace::store::block::BlockBuilder;

/// The columns of a piece; its ids are its own.
#[derive(Debug)]
pub(crate) struct PieceBuilder {
    pub(super) builder: Builder,
    memory: Arc<BlockMemory>,
}

/// Memory in which blocks are collected, used again for one piece after the other.
#[derive(Debug, Default)]
pub(super) struct BlockMemory(Mutex<Vec<BlockBuilder>>);

impl BlockMemory {
    fn take(&self) -> BlockBuilder {
        self.0.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default()
    }

    fn give_back(&self, mut memory: BlockBuilder) {
        memory.restart();
        if let Ok(mut free) = self.0.lock() {
            free.push(memory);
        }
    }
}

impl PieceBuilder {
    /// An empty one.
    pub(super) fn new(memory: &Arc<BlockMemory>) -> Self {
        let carried = Some(Box::default());
        let builder = Builder { carried, open_block: memory.take(), ..Builder::without_memory() };
        Self { builder, memory: Arc::clone(memory) }
    }
}

impl PieceBuilder {
    pub(super) fn events(&mut self, events: &[Event], tables: &Tables) {
        self.builder.chunk(events, tables);
    }

    /// Takes the next events where there are no tables, only notes from them.
    pub(super) fn events_with(&mut self, events: &[Event], notes: &ChunkNotes) {
        self.builder.chunk_with(events, notes);
    }

    /// There are no more events in the piece.
    pub(super) fn end(&mut self) {
        if self.builder.open_block.is_open() {
            self.builder.close_block();
        }
        self.memory
            .give_back(std::mem::replace(&mut self.builder.open_block, BlockBuilder::without_memory()));
    }
}
