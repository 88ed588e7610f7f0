//! The content of a file as a stream of chunks, so that inflated data is never in memory as a whole.
//!
//! ```text
//! plain file      slices of the map, nothing copied
//! small gz/zst    inflated into one chunk again and again, by the reading thread
//! large gz/zst    ┌─ thread "inflate" ─┐  full   ┌─ reading thread ─┐
//!                 │ fills a chunk      │ ──────► │ reads it         │
//!                 └────────────────────┘ ◄────── └──────────────────┘
//!                                         spent
//! ```
//!
//! What the chunks mean is the reader's business; a thing cut in two by the end of a chunk as well.

use std::ops::Deref;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::error::ParseError;
use crate::inflate::Inflater;
use crate::progress::Progress;

/// Inflated bytes a chunk: fits the second-level cache, so that the reading thread finds it warm.
const CHUNK_BYTES: usize = 256 << 10;

/// The same where one thread does both: small files should not pay for clearing a large buffer.
const INLINE_CHUNK_BYTES: usize = 32 << 10;

/// Chunks that wait full: enough to ride out a slow moment on either side.
const RING_CHUNKS: usize = 6;

/// Compressed files up to this size are inflated by the reading thread: a second one costs more than it saves.
const INLINE_UP_TO_BYTES: usize = 64 << 10;

/// Pieces of a plain file, between which progress is told and the wish to stop is heard.
const PLAIN_PIECE_BYTES: usize = 4 << 20;

/// A piece of content, and how far in the file it ends.
pub(crate) struct Chunk<'a> {
    storage: Storage<'a>,
    /// Bytes of the file (compressed, if it is) used up at the end of this chunk.
    file_offset: u64,
}

enum Storage<'a> {
    Plain(&'a [u8]),
    Inflated { buffer: Vec<u8>, len: usize },
}

impl Chunk<'_> {
    /// A chunk that holds nothing: before the first one, and after the last.
    pub(crate) const fn empty() -> Self {
        Self { storage: Storage::Plain(&[]), file_offset: 0 }
    }
}

impl Deref for Chunk<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.storage {
            Storage::Plain(bytes) => bytes,
            Storage::Inflated { buffer, len } => buffer.get(..*len).unwrap_or(&[]),
        }
    }
}

/// Where chunks come from.
pub(crate) struct Chunks<'a> {
    source: Source<'a>,
    progress: Option<&'a Progress>,
}

enum Source<'a> {
    Plain { rest: &'a [u8], piece_bytes: usize, file_offset: u64 },
    Inline(Inflater<'a>),
    Ring { full: Receiver<Result<Chunk<'a>, ParseError>>, spent: Sender<Vec<u8>> },
}

impl<'a> Chunks<'a> {
    /// The chunks of plain bytes, cut into pieces of the given size.
    pub(crate) fn of_plain(bytes: &'a [u8], piece_bytes: usize, progress: Option<&'a Progress>) -> Self {
        Self { source: Source::Plain { rest: bytes, piece_bytes, file_offset: 0 }, progress }
    }

    /// The next chunk, in exchange for the one that has been read; an empty one at the end.
    ///
    /// # Errors
    /// Damage of the compressed layer, its limit, or [`ParseError::Cancelled`].
    pub(crate) fn next(&mut self, spent: Chunk<'a>) -> Result<Chunk<'a>, ParseError> {
        let chunk = match &mut self.source {
            Source::Plain { rest, piece_bytes, file_offset } => {
                let (piece, after) = rest.split_at_checked(*piece_bytes).unwrap_or((rest, &[]));
                *rest = after;
                *file_offset += piece.len() as u64;
                Chunk { storage: Storage::Plain(piece), file_offset: *file_offset }
            }
            Source::Inline(inflater) => inflate_chunk(inflater, spent.into_buffer(), INLINE_CHUNK_BYTES)?,
            Source::Ring { full, spent: back } => {
                // The producer may have ended already, then nobody wants the buffer.
                let _ = back.send(spent.into_buffer());
                full.recv().unwrap_or_else(|_| Ok(Chunk::empty()))?
            }
        };
        if let Some(progress) = self.progress
            && !chunk.is_empty()
        {
            progress.advance_to(chunk.file_offset)?;
        }
        Ok(chunk)
    }
}

impl Chunk<'_> {
    fn into_buffer(self) -> Vec<u8> {
        match self.storage {
            Storage::Plain(_) => Vec::new(),
            Storage::Inflated { buffer, .. } => buffer,
        }
    }
}

fn inflate_chunk<'a>(
    inflater: &mut Inflater<'_>,
    mut buffer: Vec<u8>,
    chunk_bytes: usize,
) -> Result<Chunk<'a>, ParseError> {
    // Only the first time: a recycled buffer has its length already.
    buffer.resize(chunk_bytes, 0);
    let len = inflater.fill(&mut buffer)?;
    Ok(Chunk { storage: Storage::Inflated { buffer, len }, file_offset: inflater.consumed_bytes() })
}

/// Calls `read` with the chunks of `bytes`, inflated on a thread of its own where that pays.
///
/// # Errors
/// What `read` returns; [`ParseError::Io`] if the system gives no thread.
pub(crate) fn with_chunks<T>(
    bytes: &[u8],
    max_inflated_bytes: u64,
    progress: Option<&Progress>,
    read: impl FnOnce(Chunks<'_>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    if let Some(progress) = progress {
        progress.begin(bytes.len() as u64);
    }
    let Some(inflater) = Inflater::new(bytes, max_inflated_bytes) else {
        return read(Chunks::of_plain(bytes, PLAIN_PIECE_BYTES, progress));
    };
    if bytes.len() <= INLINE_UP_TO_BYTES {
        return read(Chunks { source: Source::Inline(inflater), progress });
    }
    let (full_sender, full) = sync_channel(RING_CHUNKS);
    let (spent, spent_receiver) = channel();
    thread::scope(|scope| {
        let producer = thread::Builder::new()
            .name("inflate".to_owned())
            .spawn_scoped(scope, move || produce_chunks(inflater, &full_sender, &spent_receiver))
            .map_err(|source| ParseError::Io { context: "starting a thread".to_owned(), source })?;
        let result = read(Chunks { source: Source::Ring { full, spent }, progress });
        // `read` has dropped its ends of the channels, so the producer ends by itself.
        match producer.join() {
            Ok(()) => result,
            Err(_) => Err(ParseError::Inflate {
                format: crate::inflate::Compression::of(bytes).name(),
                inflated_bytes: 0,
                reason: "the decoder gave up".to_owned(),
            }),
        }
    })
}

/// Fills chunks until the data or the interest in them ends.
fn produce_chunks<'a>(
    mut inflater: Inflater<'_>,
    full: &SyncSender<Result<Chunk<'a>, ParseError>>,
    spent: &Receiver<Vec<u8>>,
) {
    loop {
        let chunk = inflate_chunk(&mut inflater, spent.try_recv().unwrap_or_default(), CHUNK_BYTES);
        let is_last = chunk.as_ref().map_or(true, |chunk| chunk.is_empty());
        if full.send(chunk).is_err() || is_last {
            return;
        }
    }
}
