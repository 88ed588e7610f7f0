//! From the bytes of a trace to its model, on all cores.
//!
//! ```text
//! workers       HelpedPiece │ HelpedPiece │ …            columns of pieces, in ids of their own
//!                    └───────┬──────┘
//! TraceReader ─► events, or a piece ─► bounded channel ─► Builder
//!      ▲                                               │
//!      └────────────── empty chunks, used again ◄──────┘
//! ```
//!
//! On one core, one thread reads and builds in turn.

use std::sync::mpsc::{self, Receiver, SyncSender};

use goscope_parsers::trace::{
    Delivered, Event, PieceAnnotations, PieceIds, SewnPiece, Tables, TraceOptions, TraceReader,
};
use goscope_parsers::{ParseError, Progress};

use crate::trace::model::TraceModel;
use crate::trace::store::build::{Builder, ChunkNotes, HelpedPiece, PieceBuilder, Reading, Workshop};

/// Chunks on their way at most: enough that neither side waits for a short hitch of the other.
const CHUNKS: usize = 16;

/// Something on its way to the builder.
enum Parcel {
    Events(Chunk),
    Piece(Box<Piece>),
}

/// Events with what is not in them.
#[derive(Default)]
struct Chunk {
    events: Vec<Event>,
    notes: ChunkNotes,
}

/// A piece whose columns are built.
struct Piece {
    columns: PieceBuilder,
    ids: PieceIds,
    annotations: PieceAnnotations,
}

/// Reads a trace (not compressed) and builds its model, salvaging what there is in a damaged one.
///
/// # Errors
/// When the bytes do not begin with the header of a trace, or when `progress` says that nobody wants the result.
pub fn trace_model(data: &[u8], progress: &Progress) -> Result<TraceModel, ParseError> {
    let options = TraceOptions { progress: Some(progress), ..TraceOptions::default() };
    model_of(TraceReader::with_options(data, &options)?)
}

/// Builds the model of what a reader delivers, on as many threads as the pool of this thread has.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn model_of(reader: TraceReader<'_>) -> Result<TraceModel, ParseError> {
    Ok(read_of(reader)?.into_model())
}

/// A trace that was read, in parts that have not been put together yet.
#[derive(Debug)]
pub struct ReadTrace {
    builder: Builder,
    reading: Reading,
}

impl ReadTrace {
    /// Puts the parts together, on all cores of the pool.
    pub fn into_model(self) -> TraceModel {
        TraceModel::new(self.builder.finish(self.reading))
    }
}

/// The first half of [`model_of`]. What all threads needed for reading is free now, and most of what the model takes beside its
/// parts is taken in the second half: whoever has little memory gives the first back to the system in between.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn read_of(reader: TraceReader<'_>) -> Result<ReadTrace, ParseError> {
    let threads = rayon::current_num_threads();
    if threads == 1 {
        return build_alone(reader);
    }
    build(reader, |reader, way| {
        let workshop = Workshop::new(threads);
        let new_piece = || HelpedPiece::new(&workshop);
        reader.read_in_pieces(threads, new_piece, |delivered| match delivered {
            Delivered::Events(chunk) => way.send_events(chunk.events, chunk.tables),
            Delivered::Piece(SewnPiece { sink, ids, annotations, .. }) => {
                let columns = sink.into_columns();
                columns.is_some_and(|columns| {
                    way.send(Parcel::Piece(Box::new(Piece { columns, ids, annotations })))
                })
            }
        });
    })
}

/// Builds the model of what a reader delivers, while `observe` sees the same events in order: for folds that are
/// wanted beside the model.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn model_beside(
    reader: TraceReader<'_>,
    mut observe: impl FnMut(&[Event], &Tables),
) -> Result<TraceModel, ParseError> {
    let read = build(reader, |reader, way| {
        while let Some(chunk) = reader.next_chunk() {
            observe(chunk.events, chunk.tables);
            if !way.send_events(chunk.events, chunk.tables) {
                break;
            }
        }
    })?;
    Ok(read.into_model())
}

/// The way to the builder, and back for empty chunks.
struct Way {
    full: SyncSender<Parcel>,
    returning: Receiver<Chunk>,
}

impl Way {
    /// Sends copies of some events; whether somebody takes them.
    fn send_events(&self, events: &[Event], tables: &Tables) -> bool {
        let mut chunk = self.returning.try_recv().unwrap_or_default();
        chunk.events.clear();
        chunk.events.extend_from_slice(events);
        chunk.notes.take(events, tables);
        self.send(Parcel::Events(chunk))
    }

    fn send(&self, parcel: Parcel) -> bool {
        self.full.send(parcel).is_ok()
    }
}

/// Reads and builds in turn: on one core, a copy of the events for another thread would only cost.
fn build_alone(mut reader: TraceReader<'_>) -> Result<ReadTrace, ParseError> {
    let mut builder = Builder::new();
    while let Some(chunk) = reader.next_chunk() {
        builder.chunk(chunk.events, chunk.tables);
    }
    finished(reader, builder)
}

fn build<'a>(
    mut reader: TraceReader<'a>,
    read: impl FnOnce(&mut TraceReader<'a>, &Way),
) -> Result<ReadTrace, ParseError> {
    let (full, arriving) = mpsc::sync_channel::<Parcel>(CHUNKS);
    let (empty, returning) = mpsc::channel::<Chunk>();
    let builder = std::thread::scope(|scope| {
        let building = scope.spawn(move || {
            let mut builder = Builder::new();
            while let Ok(parcel) = arriving.recv() {
                match parcel {
                    Parcel::Events(chunk) => {
                        builder.chunk_with(&chunk.events, &chunk.notes);
                        // The reader may have finished; then the memory is not needed.
                        let _ = empty.send(chunk);
                    }
                    Parcel::Piece(piece) => {
                        let Piece { columns, ids, annotations } = *piece;
                        builder.sew(columns, ids, &annotations);
                    }
                }
            }
            builder
        });
        let way = Way { full, returning };
        read(&mut reader, &way);
        drop(way);
        building.join().map_err(|panic| std::panic::resume_unwind(panic))
    })?;
    finished(reader, builder)
}

fn finished(reader: TraceReader<'_>, builder: Builder) -> Result<ReadTrace, ParseError> {
    if reader.is_cancelled() {
        return Err(ParseError::Cancelled);
    }
    let (version, lost_share) = (reader.version(), reader.lost_share());
    let (tables, problems) = reader.into_tables();
    Ok(ReadTrace { builder, reading: Reading { version, tables, problems, lost_share } })
}
