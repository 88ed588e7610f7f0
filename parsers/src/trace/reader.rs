//! The way in: bytes of a trace, events in order out.

use super::event::{Event, EventKind};
use super::merge::Merge;
use super::options::TraceOptions;
use super::problem::{Fault, Problem, ProblemKind, Strictness};
use super::seam::{Taken, sew};
use super::speculate::Speculation;
use super::tables::Tables;
use super::version::{Family, HEADER_LEN, TraceVersion};
use crate::{ParseError, Progress};

/// Reads the events of a trace in order, a chunk at a time.
///
/// Memory does not grow with the number of events: besides the tables (strings, stacks, one number a goroutine)
/// there is one chunk and the headers of one generation. A v1 trace (Go 1.21 and older) has no generations
/// and is held as a whole.
///
/// ```no_run
/// use goscope_parsers::trace::{EventKind, GoState, TraceReader};
///
/// let bytes = std::fs::read("trace.out")?;
/// let mut reader = TraceReader::new(&bytes)?;
/// let mut created = 0;
/// while let Some(chunk) = reader.next_chunk() {
///     for event in chunk.events {
///         if let EventKind::GoTransition { from: GoState::NotExist, .. } = event.kind {
///             created += 1;
///         }
///     }
/// }
/// println!("{created} goroutines were created");
/// for problem in reader.problems() {
///     eprintln!("{problem}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TraceReader<'a> {
    version: TraceVersion,
    data: &'a [u8],
    tables: Tables,
    problems: Vec<Problem>,
    source: Source<'a>,
    chunk: Vec<Event>,
    /// How much of the chunk [`next_event`](TraceReader::next_event) has handed out.
    handed_out: usize,
    progress: Option<&'a Progress>,
    chunks: u32,
    is_cancelled: bool,
    /// How it was asked to read, as long as nothing was read.
    options: Option<TraceOptions<'a>>,
}

/// Chunks after which progress is told again; whether to stop is asked at each.
const CHUNKS_BETWEEN_TELLS: u32 = 8;

#[derive(Debug)]
enum Source<'a> {
    V1(super::v1::Events),
    V2(Box<Merge<'a>>),
}

/// Events in order, and what their ids stand for. All are of one generation.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'r> {
    /// At least one event.
    pub events: &'r [Event],
    /// Strings, stacks and numbers of all events so far.
    pub tables: &'r Tables,
}

impl<'a> TraceReader<'a> {
    /// Begins to read a trace (not compressed), salvaging what there is in a damaged one.
    ///
    /// # Errors
    /// When the bytes do not begin with the header of a trace. Everything else that may be wrong with them
    /// becomes a [`Problem`].
    pub fn new(data: &'a [u8]) -> Result<Self, ParseError> {
        Self::with_strictness(data, Strictness::Salvage)
    }

    /// Begins to read a trace, going as far as `strictness` says when it is damaged.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_strictness(data: &'a [u8], strictness: Strictness) -> Result<Self, ParseError> {
        Self::with_options(data, &TraceOptions { strictness, ..TraceOptions::default() })
    }

    /// Begins to read a trace.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ParseError::Cancelled`] if that was asked for before the first event.
    pub fn with_options(data: &'a [u8], options: &TraceOptions<'a>) -> Result<Self, ParseError> {
        let TraceOptions { strictness, progress, .. } = *options;
        if let Some(progress) = progress {
            progress.begin(data.len() as u64);
            progress.advance_to(0)?;
        }
        let version = TraceVersion::from_header(data)?;
        let mut tables = Tables::default();
        let mut problems = Vec::new();
        if version.is_unknown() {
            let what = format!(
                "the trace is of the unknown version {version}; the rules of {} were used",
                TraceVersion::NEWEST
            );
            let fault = Fault::malformed(0, what).of_kind(ProblemKind::UnknownVersion);
            problems.push(fault.into_problem(0, 0));
        }
        let source = match version.family() {
            Family::V1 => {
                let body = data.get(HEADER_LEN..).unwrap_or_default();
                Source::V1(super::v1::read(body, version, strictness, &mut tables, &mut problems))
            }
            Family::V2 => Source::V2(Box::new(Merge::new(data, version, options))),
        };
        Ok(Self {
            version,
            data,
            tables,
            problems,
            source,
            chunk: Vec::new(),
            handed_out: 0,
            progress,
            chunks: 0,
            is_cancelled: false,
            options: Some(*options),
        })
    }

    /// The next events; `None` when the trace is over, or somebody asked to stop
    /// (see [`is_cancelled`](Self::is_cancelled)).
    pub fn next_chunk(&mut self) -> Option<Chunk<'_>> {
        self.refill();
        self.handed_out = self.chunk.len();
        let chunk = Chunk { events: &self.chunk, tables: &self.tables };
        (!chunk.events.is_empty()).then_some(chunk)
    }

    /// The next event; `None` when the trace is over. [`next_chunk`](Self::next_chunk) is faster.
    pub fn next_event(&mut self) -> Option<Event> {
        if self.handed_out >= self.chunk.len() {
            self.refill();
        }
        let event = self.chunk.get(self.handed_out).copied()?;
        self.handed_out += 1;
        Some(event)
    }

    /// Version and options if the trace can be read in pieces; from now on, generations have to be given.
    pub(super) fn pieces_options(&mut self) -> Option<(TraceVersion, TraceOptions<'a>)> {
        let options = self.options.take().filter(|options| options.strictness == Strictness::Salvage)?;
        self.merge()?.wait_for_generations();
        Some((self.version, options))
    }

    /// What puts the events of a v2 trace in order.
    pub(super) fn merge(&mut self) -> Option<&mut Merge<'a>> {
        match &mut self.source {
            Source::V1(_) => None,
            Source::V2(merge) => Some(merge),
        }
    }

    /// Goes on behind a piece, which ends at that byte; `None`, and nothing is changed, if it does not fit.
    pub(super) fn take_over<S>(&mut self, piece: Speculation<'a, S>, end: usize) -> Option<Taken<S>> {
        if let Some(progress) = self.progress {
            self.is_cancelled |= progress.advance_to(end as u64).is_err();
        }
        match &mut self.source {
            Source::V2(merge) if !self.is_cancelled => sew(merge, &mut self.tables, piece),
            _ => None,
        }
    }

    fn refill(&mut self) {
        self.options = None;
        self.chunk.clear();
        self.handed_out = 0;
        if let Some(progress) = self.progress {
            if self.chunks.is_multiple_of(CHUNKS_BETWEEN_TELLS) {
                self.is_cancelled |= progress.advance_to(self.offset() as u64).is_err();
            }
            self.chunks = self.chunks.wrapping_add(1);
            self.is_cancelled |= progress.is_cancelled();
        }
        if self.is_cancelled {
            return;
        }
        match &mut self.source {
            Source::V1(events) => events.fill(&mut self.chunk),
            Source::V2(merge) => merge.fill(&mut self.chunk, &mut self.tables, &mut self.problems),
        }
        let is_over = self.chunk.is_empty() && !self.is_waiting();
        if let Some(progress) = self.progress.filter(|_| is_over) {
            // What damage kept from being read is done with, too. That it is over is known without an answer.
            let _ = progress.advance_to(self.data.len() as u64);
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(&self.source, Source::V2(merge) if merge.is_waiting())
    }

    /// Strings, stacks and numbers of all events so far.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Whether there are no more events because somebody asked to stop, through [`TraceOptions::progress`].
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Something that is wrong with where the bytes come from.
    pub(super) fn add_problem(&mut self, problem: Option<Problem>) {
        self.problems.extend(problem);
    }

    /// What was found wrong so far; complete when the trace is over.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The version in the header.
    pub fn version(&self) -> TraceVersion {
        self.version
    }

    /// The trace's bytes.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// How many bytes of the trace have been read, for a progress bar.
    pub fn offset(&self) -> usize {
        match &self.source {
            Source::V1(_) => self.data.len(),
            Source::V2(merge) => merge.read_bytes(),
        }
    }

    /// The part of the file that was not used because of problems, in 0..=1.
    pub fn lost_share(&self) -> f64 {
        let lost: u64 = self.problems.iter().map(|problem| problem.lost_bytes).sum();
        if self.data.is_empty() { 0.0 } else { (lost as f64 / self.data.len() as f64).min(1.0) }
    }

    /// Ends reading and keeps the tables.
    pub fn into_tables(mut self) -> (Tables, Vec<Problem>) {
        self.tables.shrink();
        (self.tables, self.problems)
    }
}

impl Iterator for TraceReader<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.next_event()
    }
}

impl Event {
    /// Whether this is the event that begins a generation or ends the trace.
    pub fn is_sync(&self) -> bool {
        matches!(self.kind, EventKind::Sync { .. })
    }
}
