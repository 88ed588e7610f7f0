//! Reads a trace on all cores: pieces are put in order side by side, and sewn together one after the other.
//!
//! ```text
//! workers     │ piece 3 ─► sink │ piece 5 ─► sink │ …          each from an unknown past
//!             │ piece 4 ─► sink │ piece 6 ─► sink │ …
//!                    ▼ in order
//! this thread   first piece ─ sew 2 ─ sew 3 ─ read 4 again ─ sew 5 …     ids and states of the trace
//!                    ▼
//! deliver       events of the first piece, then for each other piece its overlap and its sink
//! ```
//!
//! The same trace gives the same ids, events and problems as [`TraceReader::next_chunk`] does, whatever the number of
//! threads: a piece that does not fit is read again, with its past.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::TraceVersion;
use super::annotation_log::PieceAnnotations;
use super::options::TraceOptions;
use super::piece_ids::PieceIds;
use super::pieces::{Piece, Pieces};
use super::reader::{Chunk, TraceReader};
use super::seam::Taken;
use super::speculate::{PieceSink, Speculation};
use super::tables::Tables;

/// Pieces that are in work or wait to be sewn, beside one for each thread.
const PIECES_AHEAD: usize = 1;

/// What a reader delivers in order.
#[derive(Debug)]
pub enum Delivered<'r, S> {
    /// The next events.
    Events(Chunk<'r>),
    /// The events that the sink of a piece has got.
    Piece(SewnPiece<'r, S>),
}

/// A piece whose events went to a sink, and what its ids stand for.
#[derive(Debug)]
pub struct SewnPiece<'r, S> {
    /// What was made of its events.
    pub sink: S,
    /// From its ids to those of the trace.
    pub ids: PieceIds,
    /// Its tasks, regions and messages.
    pub annotations: PieceAnnotations,
    /// Strings, stacks and numbers of all events so far.
    pub tables: &'r Tables,
    /// Number of Sync events before it.
    pub syncs_before: u32,
}

/// A piece with its place in the trace.
type Job = (usize, Piece);
/// A piece that was put in order, if that was possible.
type Done<'a, S> = (usize, Piece, Option<Box<Speculation<'a, S>>>);

/// What all threads know.
struct Shared<'a, 'f, N> {
    data: &'a [u8],
    version: TraceVersion,
    options: TraceOptions<'a>,
    new_sink: &'f N,
}

impl<'a> TraceReader<'a> {
    /// Reads the whole trace on `threads` threads beside this one. Events of its first piece, and of pieces that
    /// cannot be read without their past, are delivered in chunks; all others go to a sink of their own first. With
    /// one thread all are delivered in chunks: claims and seams cost more than one core gains.
    ///
    /// Nothing may have been read before. `deliver` runs on this thread, and says whether to go on.
    pub fn read_in_pieces<S: PieceSink>(
        &mut self,
        threads: usize,
        new_sink: impl Fn() -> S + Sync,
        mut deliver: impl FnMut(Delivered<'_, S>) -> bool,
    ) {
        let options = if threads > 1 { self.pieces_options() } else { None };
        let Some((version, options)) = options else {
            while let Some(chunk) = self.next_chunk() {
                if !deliver(Delivered::Events(chunk)) {
                    break;
                }
            }
            return;
        };
        let shared = Shared { data: self.data(), version, options, new_sink: &new_sink };
        let (jobs, waiting) = channel::<Job>();
        let (done, arriving) = channel::<Done<'a, S>>();
        let waiting = Mutex::new(waiting);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (shared, waiting, done) = (&shared, &waiting, done.clone());
                scope.spawn(move || shared.work(waiting, &done));
            }
            drop(done);
            let pieces = Pieces::new(shared.data, version, options.piece_bytes());
            let seam = Seam { reader: self, deliver: &mut deliver };
            seam.run(pieces, jobs, &arriving, threads + PIECES_AHEAD);
        });
    }
}

impl<'a, S: PieceSink, N: Fn() -> S + Sync> Shared<'a, '_, N> {
    /// Puts pieces in order until there are no more.
    fn work(&self, waiting: &Mutex<Receiver<Job>>, done: &Sender<Done<'a, S>>) {
        loop {
            let job = waiting.lock().ok().and_then(|waiting| waiting.recv().ok());
            let Some((number, piece)) = job else { return };
            let sink = (self.new_sink)();
            let speculation = Speculation::new(self.data, self.version, &self.options, &piece, sink);
            if done.send((number, piece, speculation.map(Box::new))).is_err() {
                return;
            }
        }
    }
}

/// The thread that puts everything in order.
struct Seam<'r, 'a, D> {
    reader: &'r mut TraceReader<'a>,
    deliver: &'r mut D,
}

impl<'a, D> Seam<'_, 'a, D> {
    fn run<S: PieceSink>(
        mut self,
        mut pieces: Pieces<'a>,
        jobs: Sender<Job>,
        arriving: &Receiver<Done<'a, S>>,
        most_in_work: usize,
    ) where
        D: FnMut(Delivered<'_, S>) -> bool,
    {
        let mut ready: BTreeMap<usize, Done<'a, S>> = BTreeMap::new();
        let (mut begun, mut next) = (0, 0);
        let mut jobs = Some(jobs);
        loop {
            while begun < next + most_in_work
                && let Some(sender) = &jobs
            {
                match pieces.next_piece() {
                    Some(piece) if piece.before.is_none() => {
                        ready.insert(begun, (begun, piece, None));
                        begun += 1;
                    }
                    Some(piece) => {
                        let is_sent = sender.send((begun, piece)).is_ok();
                        debug_assert!(is_sent, "workers wait until the sender is gone");
                        begun += 1;
                    }
                    None => jobs = None,
                }
            }
            if next == begun {
                break;
            }
            let (_, piece, speculation) = match ready.remove(&next) {
                Some(done) => done,
                None => match arriving.recv() {
                    Ok(done) if done.0 != next => {
                        ready.insert(done.0, done);
                        continue;
                    }
                    Ok(done) => done,
                    Err(_) => return,
                },
            };
            next += 1;
            if !self.piece(piece, speculation) {
                return;
            }
        }
        if let Some(merge) = self.reader.merge() {
            merge.give_no_more();
        }
        self.chunks();
    }

    /// Sews a piece, or reads it with its past; whether to go on.
    fn piece<S: PieceSink>(&mut self, piece: Piece, speculation: Option<Box<Speculation<'a, S>>>) -> bool
    where
        D: FnMut(Delivered<'_, S>) -> bool,
    {
        let end = piece.range().end;
        if let Some(speculation) = speculation {
            match self.reader.take_over(*speculation, end) {
                Some(taken) => return self.deliver_sewn(taken),
                None if self.reader.is_cancelled() => return false,
                None => {}
            }
        }
        if let Some(merge) = self.reader.merge() {
            piece.generations.into_iter().for_each(|generation| merge.give(generation));
        }
        self.chunks()
    }

    /// Delivers what the reader can read by itself; whether to go on.
    fn chunks<S>(&mut self) -> bool
    where
        D: FnMut(Delivered<'_, S>) -> bool,
    {
        while let Some(chunk) = self.reader.next_chunk() {
            if !(self.deliver)(Delivered::Events(chunk)) {
                return false;
            }
        }
        !self.reader.is_cancelled()
    }

    fn deliver_sewn<S>(&mut self, taken: Taken<S>) -> bool
    where
        D: FnMut(Delivered<'_, S>) -> bool,
    {
        let Taken { overlap, sink, ids, annotations, syncs_before } = taken;
        let tables = self.reader.tables();
        if !overlap.is_empty() && !(self.deliver)(Delivered::Events(Chunk { events: &overlap, tables })) {
            return false;
        }
        (self.deliver)(Delivered::Piece(SewnPiece { sink, ids, annotations, tables, syncs_before }))
    }
}
