//! The facts about a trace: what `goscope info` prints.

use super::event::{Event, GoId, ProcId, ThreadId, Time};
use super::parallel::Delivered;
use super::problem::Problem;
use super::reader::TraceReader;
use super::speculate::PieceSink;
use super::tables::Tables;
use super::version::TraceVersion;
use crate::ParseError;

/// What there is in a trace.
#[derive(Clone, Debug)]
pub struct TraceInfo {
    /// The version in the header; Go 1.24 writes 1.23 and Go 1.27 writes 1.26.
    pub version: TraceVersion,
    /// Size in bytes.
    pub file_bytes: u64,
    /// Generations that were read, if only in part.
    pub generations: u64,
    /// Events, without the Sync events that the reader adds.
    pub events: u64,
    /// Goroutines that were seen.
    pub goroutines: u64,
    /// Ps that were seen, without the artificial ones of v1.
    pub procs: u64,
    /// Threads that were seen.
    pub threads: u64,
    /// Time of the first event, the Sync events that the reader adds included.
    pub first_time: Time,
    /// Time of the last event, those included.
    pub last_time: Time,
    /// Wall clock at the first event: seconds since 1970 and nanoseconds of the second (since Go 1.25).
    pub wall_start: Option<(i64, u32)>,
    /// The part of the file that was not used because of problems, in 0..=1.
    pub lost_share: f64,
    /// What was found wrong.
    pub problems: Vec<Problem>,
}

impl TraceInfo {
    /// Nanoseconds from the first to the last event.
    pub fn duration_nanos(&self) -> u64 {
        u64::try_from(self.last_time.saturating_sub(self.first_time)).unwrap_or(0)
    }
}

/// Reads a whole trace and says what there is in it.
///
/// # Errors
/// When the bytes do not begin as a trace does.
pub fn trace_info(data: &[u8]) -> Result<TraceInfo, ParseError> {
    trace_info_from_reader(TraceReader::new(data)?)
}

/// Reads the rest of a trace and says what there is in it.
///
/// # Errors
/// [`ParseError::Cancelled`] when the reader was asked to stop.
pub fn trace_info_from_reader(mut reader: TraceReader<'_>) -> Result<TraceInfo, ParseError> {
    let mut count = EventCount::default();
    reader.read_in_pieces(rayon::current_num_threads(), EventCount::default, |delivered| {
        match delivered {
            Delivered::Events(chunk) => count.add(chunk.events),
            Delivered::Piece(piece) => count.add_piece(&piece.sink),
        }
        true
    });
    let EventCount { events, times } = count;
    if reader.is_cancelled() {
        return Err(ParseError::Cancelled);
    }
    let tables = reader.tables();
    let (first_time, last_time) = times.unwrap_or_default();
    let snapshot = tables.generations().iter().find_map(|generation| generation.snapshot);
    Ok(TraceInfo {
        version: reader.version(),
        file_bytes: reader.data().len() as u64,
        generations: tables.generations().len() as u64,
        events,
        goroutines: ids(tables.goroutine_count()).filter(|&id| tables.goid(GoId(id)) > 0).count() as u64,
        procs: ids(tables.proc_count()).filter(|&id| is_real_proc(tables, id)).count() as u64,
        threads: ids(tables.thread_count()).filter(|&id| tables.thread_number(ThreadId(id)) > 0).count()
            as u64,
        first_time,
        last_time,
        wall_start: snapshot.map(|snapshot| snapshot.wall_at(first_time)),
        lost_share: reader.lost_share(),
        problems: reader.problems().to_vec(),
    })
}

/// How many events there are, and from when to when.
#[derive(Debug, Default)]
struct EventCount {
    events: u64,
    times: Option<(Time, Time)>,
}

impl EventCount {
    fn add(&mut self, events: &[Event]) {
        self.events += events.iter().filter(|event| !event.is_sync()).count() as u64;
        // As all reports count: a Sync is an event, and begins and ends the trace.
        if let [first, ..] = events
            && let [.., last] = events
        {
            self.add_times((first.time, last.time));
        }
    }

    fn add_times(&mut self, (first, last): (Time, Time)) {
        self.times = Some((self.times.map_or(first, |(begin, _)| begin), last));
    }

    fn add_piece(&mut self, piece: &Self) {
        self.events += piece.events;
        if let Some(times) = piece.times {
            self.add_times(times);
        }
    }
}

impl PieceSink for EventCount {
    fn events(&mut self, events: &[Event], _: &Tables) {
        self.add(events);
    }
}

fn ids(count: usize) -> std::ops::Range<u32> {
    1..u32::try_from(count).unwrap_or(u32::MAX)
}

fn is_real_proc(tables: &Tables, id: u32) -> bool {
    (0..1_000_000).contains(&tables.proc_number(ProcId(id)))
}
