//! Any bytes as a trace, by one thread and in pieces by several, and cut: the same events in the same order.

use goscope_parsers::trace::{Delivered, Event, EventKind, PieceSink, Tables, TraceOptions, TraceReader};

/// What kinds of events a piece holds, with their times.
#[derive(Default)]
struct Events(Vec<(i64, &'static str)>);

impl PieceSink for Events {
    fn events(&mut self, events: &[Event], _: &Tables) {
        self.0.extend(events.iter().map(short));
    }
}

fn short(event: &Event) -> (i64, &'static str) {
    let kind = match event.kind {
        EventKind::Sync { .. } => "sync",
        EventKind::Metric { .. } => "metric",
        EventKind::GoTransition { .. } => "goroutine",
        EventKind::ProcTransition { .. } => "proc",
        EventKind::TaskBegin { .. } => "task",
        EventKind::RegionBegin { .. } => "region",
        EventKind::Log { .. } => "log",
        _ => "other",
    };
    (event.time, kind)
}

pub(crate) fn run(data: &[u8]) {
    let Ok(reader) = TraceReader::new(data) else { return };
    let mut alone = reader;
    let wanted: Vec<_> = alone.by_ref().map(|event| short(&event)).collect();
    let options = TraceOptions { piece_bytes: Some(0), ..TraceOptions::default() };
    let mut reader = TraceReader::with_options(data, &options).expect("the same header");
    let mut found = Vec::new();
    reader.read_in_pieces(3, Events::default, |delivered| {
        match delivered {
            Delivered::Events(chunk) => found.extend(chunk.events.iter().map(short)),
            Delivered::Piece(piece) => found.extend(piece.sink.0.iter().copied()),
        }
        true
    });
    assert_eq!(found, wanted);
    assert_eq!(format!("{:?}", reader.problems()), format!("{:?}", alone.problems()));
    assert_eq!(reader.tables().string_count(), alone.tables().string_count());
    assert_eq!(reader.tables().stack_count(), alone.tables().stack_count());
}
