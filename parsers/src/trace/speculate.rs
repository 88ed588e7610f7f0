//! Puts a piece in order while its past is not known yet.
//!
//! A generation begins before the one before it has quite ended: threads notice one after the other. Its events come
//! later all the same, which pushes the first ones forward in time:
//!
//! ```text
//! generation 4     … │ a │ b │ c │                  times 90 95 98
//! generation 5           │ d │ e │ f │ g │ …        times 93 96 99 120 in the file, 99 100 101 120 in the trace
//!                        └ overlap ──┘   └ for the sink
//! ```
//!
//! So events of the overlap are kept, to be delivered when the time of the last event before them is known. All others
//! go to a sink at once, on this thread. The overlap has a margin; if the time before turns out to be later than that,
//! the piece does not fit.

use super::TraceVersion;
use super::event::{Event, Time};
use super::merge::Merge;
use super::options::TraceOptions;
use super::pieces::Piece;
use super::tables::Tables;

/// How much later than its last raw event a generation may end: events that come too early are moved by nanoseconds.
const MARGIN_NANOS: Time = 100_000;

/// Where the events of a piece go, on the thread that puts them in order.
pub trait PieceSink: Send {
    /// Takes the next events. Ids are those of the piece, in whose tables they are; a task's end does not say what its
    /// begin said, and states that are the same before and after are reminders.
    fn events(&mut self, events: &[Event], tables: &Tables);

    /// There are no more events in the piece.
    fn end(&mut self) {}
}

/// A piece in order, if its past is what it took for granted.
#[derive(Debug)]
pub(super) struct Speculation<'a, S> {
    pub(super) sink: S,
    pub(super) merge: Merge<'a>,
    pub(super) tables: Tables,
    /// Events of the overlap, with times as in the file.
    pub(super) overlap: Vec<Event>,
    /// Arguments of events of the overlap.
    pub(super) wide_args: Vec<[u64; 3]>,
    /// Time of the first event that the sink got.
    pub(super) first_time: Option<Time>,
}

impl<'a, S: PieceSink> Speculation<'a, S> {
    /// Puts a piece in order; `None` if that is not possible without its past, or nobody wants it any more.
    pub(super) fn new(
        data: &'a [u8],
        version: TraceVersion,
        options: &TraceOptions<'a>,
        piece: &Piece,
        sink: S,
    ) -> Option<Self> {
        let before = piece.before.as_ref()?;
        let safe_time = before.last_time(data, version)?.saturating_add(MARGIN_NANOS);
        let generations = piece.generations.iter().map(|generation| generation.clean_copy());
        let merge = Merge::of_piece(data, version, options, generations, before.number());
        let mut speculation = Self {
            sink,
            merge,
            tables: Tables::default(),
            overlap: Vec::new(),
            wide_args: Vec::new(),
            first_time: None,
        };
        let is_through = speculation.read_overlap(safe_time) && speculation.read(options);
        speculation.sink.end();
        is_through.then_some(speculation)
    }

    /// Reads until the first event behind the safe time, which goes to the sink.
    fn read_overlap(&mut self, safe_time: Time) -> bool {
        let (mut events, mut problems) = (Vec::new(), Vec::new());
        loop {
            events.clear();
            self.merge.fill_a_step(&mut events, &mut self.tables, &mut problems);
            if self.merge.is_unfit() || !problems.is_empty() {
                return false;
            }
            let Some(first) = events.first() else { return true };
            if first.time > safe_time {
                self.first_time = Some(first.time);
                self.sink.events(&events, &self.tables);
                return true;
            }
            if self.tables.generations().len() > 1 {
                // Too short to be a piece of its own, and no more than that.
                return false;
            }
            self.overlap.extend_from_slice(&events);
            self.wide_args.extend_from_slice(&self.tables.all_wide_args()[self.wide_args.len()..]);
        }
    }

    fn read(&mut self, options: &TraceOptions<'a>) -> bool {
        let (mut events, mut problems) = (Vec::new(), Vec::new());
        loop {
            events.clear();
            self.merge.fill(&mut events, &mut self.tables, &mut problems);
            if self.merge.is_unfit() || !problems.is_empty() {
                return false;
            }
            if events.is_empty() {
                return true;
            }
            self.sink.events(&events, &self.tables);
            if options.progress.is_some_and(crate::Progress::is_cancelled) {
                return false;
            }
        }
    }
}
