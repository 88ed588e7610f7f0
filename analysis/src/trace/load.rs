//! From the bytes of a trace to its model: one thread reads, another builds.
//!
//! ```text
//! TraceReader ─► chunk + notes ─► bounded channel ─► Builder
//!      ▲                                               │
//!      └────────────── empty chunks, used again ◄──────┘
//! ```

use std::sync::mpsc;

use goscope_parsers::trace::{Event, Tables, TraceOptions, TraceReader};
use goscope_parsers::{ParseError, Progress};

use crate::trace::model::TraceModel;
use crate::trace::store::build::{Builder, ChunkNotes, Reading};

/// Chunks on their way at most: enough that neither side waits for a short hitch of the other.
const CHUNKS: usize = 64;

/// A chunk on its way.
#[derive(Default)]
struct Parcel {
    events: Vec<Event>,
    notes: ChunkNotes,
}

/// Reads a trace (not compressed) and builds its model, salvaging what there is in a damaged one.
///
/// # Errors
/// When the bytes do not begin with the header of a trace, or when `progress` says that nobody wants the result.
pub fn trace_model(data: &[u8], progress: &Progress) -> Result<TraceModel, ParseError> {
    let options = TraceOptions { progress: Some(progress), ..TraceOptions::default() };
    model_of(TraceReader::with_options(data, &options)?)
}

/// Builds the model of what a reader delivers.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn model_of(reader: TraceReader<'_>) -> Result<TraceModel, ParseError> {
    model_beside(reader, |_, _| ())
}

/// Builds the model of what a reader delivers, while `observe` sees the same events in order: for folds that are
/// wanted beside the model.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn model_beside(
    mut reader: TraceReader<'_>,
    mut observe: impl FnMut(&[Event], &Tables),
) -> Result<TraceModel, ParseError> {
    let (full, arriving) = mpsc::sync_channel::<Parcel>(CHUNKS);
    let (empty, returning) = mpsc::channel::<Parcel>();
    let builder = std::thread::scope(|scope| {
        let building = scope.spawn(move || {
            let mut builder = Builder::new();
            while let Ok(parcel) = arriving.recv() {
                builder.chunk_with(&parcel.events, &parcel.notes);
                // The reader may have finished; then the memory is not needed.
                let _ = empty.send(parcel);
            }
            builder
        });
        loop {
            let mut parcel = returning.try_recv().unwrap_or_default();
            let Some(chunk) = reader.next_chunk() else { break };
            parcel.events.clear();
            parcel.events.extend_from_slice(chunk.events);
            parcel.notes.take(chunk.events, chunk.tables);
            observe(chunk.events, chunk.tables);
            if full.send(parcel).is_err() {
                break;
            }
        }
        drop(full);
        building.join().map_err(|panic| std::panic::resume_unwind(panic))
    })?;
    if reader.is_cancelled() {
        return Err(ParseError::Cancelled);
    }
    let (version, lost_share) = (reader.version(), reader.lost_share());
    let (tables, problems) = reader.into_tables();
    Ok(TraceModel::new(builder.finish(Reading { version, tables, problems, lost_share })))
}
