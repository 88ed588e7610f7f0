//! A trace read in pieces, by any number of threads, gives what one thread gets: the same events, ids and problems.

use goscope_parsers::trace::{
    Delivered, Event, EventKind, GenerationId, GoId, PieceSink, ProcId, Range, StackId, StringId, Tables,
    ThreadId, TraceOptions, TraceReader, WideArgsId,
};
use goscope_parsers::{FileBytes, inflate_all};
use goscope_test_support::wire::{RUNNABLE, RUNNING, Wire, kind};
use goscope_test_support::{Random, corpus, files_below, sample};

/// Traces above this are left out where they are read many times.
const MAX_BYTES: usize = 3 << 20;

/// Keeps all events of a piece.
#[derive(Default)]
struct Events(Vec<Event>);

impl PieceSink for Events {
    fn events(&mut self, events: &[Event], _: &Tables) {
        self.0.extend_from_slice(events);
    }
}

/// Everything that was read, and how many pieces were sewn.
#[derive(PartialEq)]
struct Read {
    events: Vec<Event>,
    ids: String,
}

fn in_pieces(bytes: &[u8], threads: usize) -> (Read, usize) {
    let options = TraceOptions { piece_bytes: Some(0), ..TraceOptions::default() };
    let mut reader = TraceReader::with_options(bytes, &options).expect("a trace");
    let (mut events, mut sewn) = (Vec::new(), 0);
    reader.read_in_pieces(threads, Events::default, |delivered| {
        match delivered {
            Delivered::Events(chunk) => events.extend(chunk.events.iter().map(comparable)),
            Delivered::Piece(piece) => {
                sewn += 1;
                let mut annotations = piece.annotations.events(&piece.ids);
                for event in &piece.sink.0 {
                    let event = match event.kind {
                        EventKind::TaskBegin { .. }
                        | EventKind::TaskEnd { .. }
                        | EventKind::RegionBegin { .. }
                        | EventKind::RegionEnd { .. }
                        | EventKind::Log { .. } => annotations.next().expect("all annotations"),
                        EventKind::Sync { n, generation } => {
                            let before = piece.syncs_before;
                            let generation = GenerationId(generation.0 + before);
                            Event { kind: EventKind::Sync { n: n + before, generation }, ..*event }
                        }
                        _ => piece.ids.event(event),
                    };
                    events.push(comparable(&event));
                }
                assert_eq!(annotations.next(), None, "no more annotations than there are");
            }
        }
        true
    });
    (Read { events, ids: ids(&reader) }, sewn)
}

fn alone(bytes: &[u8]) -> Read {
    let mut reader = TraceReader::new(bytes).expect("a trace");
    let events = reader.by_ref().map(|event| comparable(&event)).collect();
    Read { events, ids: ids(&reader) }
}

/// An event without what a piece does not promise: the context of reminders, thread and P of annotations, and where wide
/// arguments are.
fn comparable(event: &Event) -> Event {
    let mut event = *event;
    let is_reminder = match event.kind {
        EventKind::GoTransition { from, to, .. } => from == to,
        EventKind::ProcTransition { from, to, .. } => from == to,
        _ => false,
    };
    if is_reminder {
        (event.thread, event.proc, event.goroutine) = (ThreadId::NONE, ProcId::NONE, GoId::NONE);
    }
    match &mut event.kind {
        EventKind::TaskBegin { .. }
        | EventKind::TaskEnd { .. }
        | EventKind::RegionBegin { .. }
        | EventKind::RegionEnd { .. }
        | EventKind::Log { .. } => (event.thread, event.proc) = (ThreadId::NONE, ProcId::NONE),
        EventKind::RangeEnd(Range::Sweep { bytes, .. }) => *bytes = WideArgsId::NONE,
        EventKind::Experimental { args, .. } => *args = WideArgsId::NONE,
        _ => {}
    }
    event
}

/// Everything that ids stand for, and what was found wrong.
fn ids(reader: &TraceReader<'_>) -> String {
    let tables = reader.tables();
    let mut text = format!("{:?}\n{:?}\n", reader.problems(), tables.generations());
    let mut add = |more: String| text.push_str(&more);
    (0..tables.string_count() as u32).for_each(|id| add(tables.string_lossy(StringId(id)).into_owned()));
    (0..tables.stack_count() as u32).for_each(|id| add(format!("{:?}", tables.stack(StackId(id)))));
    (0..tables.goroutine_count() as u32).for_each(|id| add(format!(" {}", tables.goid(GoId(id)))));
    (0..tables.thread_count() as u32).for_each(|id| add(format!(" {}", tables.thread_number(ThreadId(id)))));
    (0..tables.proc_count() as u32).for_each(|id| add(format!(" {}", tables.proc_number(ProcId(id)))));
    text
}

/// Traces of several generations, by name.
fn traces() -> Vec<(String, Vec<u8>)> {
    let mut paths = files_below(&sample("trace"), &[".trace"]);
    assert!(paths.len() >= 5, "the samples are there");
    let folders = [corpus("trace-conformance"), corpus("truths")];
    paths.extend(folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace", ".trace.gz"])));
    let read = |path: &std::path::PathBuf| {
        let file = FileBytes::open(path).expect("the trace is readable");
        let bytes = inflate_all(&file, 1 << 30).ok()?.into_owned();
        let generations = TraceReader::new(&bytes).ok().map(|mut reader| {
            reader.by_ref().for_each(drop);
            reader.tables().generations().len()
        });
        (generations? > 1).then(|| (path.display().to_string(), bytes))
    };
    paths.iter().filter_map(read).collect()
}

#[test]
fn one_two_three_and_eight_threads_give_what_one_reader_gets() {
    let (mut sewn, mut generations) = (0, 0);
    for (name, bytes) in traces().into_iter().filter(|(_, bytes)| bytes.len() <= MAX_BYTES) {
        let alone = alone(&bytes);
        for threads in [1, 2, 3, 8] {
            let (read, pieces) = in_pieces(&bytes, threads);
            assert!(read == alone, "{name} with {threads} threads");
            // On one thread there are no pieces.
            assert!(threads > 1 || pieces == 0, "{name}");
            if threads == 1 {
                continue;
            }
            sewn += pieces;
            generations += TraceReader::new(&bytes).map_or(0, |mut reader| {
                reader.by_ref().for_each(drop);
                reader.tables().generations().len()
            });
        }
    }
    assert!(sewn * 2 > generations, "most generations are read beside others: {sewn} of {generations}");
}

#[test]
fn traces_that_are_cut_or_damaged_give_what_one_reader_gets() {
    let mut random = Random(0xbad);
    for (name, bytes) in traces().into_iter().filter(|(_, bytes)| bytes.len() <= 400_000) {
        for round in 0..12 {
            let mut bytes = bytes.clone();
            if round % 3 == 0 {
                bytes.truncate(16 + random.below(bytes.len() - 16));
            } else {
                // The header stays: it would only be refused.
                for _ in 0..=random.below(3) {
                    let at = 16 + random.below(bytes.len() - 16);
                    bytes[at] ^= 1 << random.below(8);
                }
            }
            let (read, _) = in_pieces(&bytes, 2);
            assert!(read == alone(&bytes), "round {round} of {name}");
        }
    }
}

#[test]
fn behind_a_loss_the_first_generation_with_an_event_is_the_first_one_also_if_a_piece_has_it() {
    let mut wire = Wire::new(26);
    wire.generation(1, 1000);
    // Nobody created goroutine 9: what is left of generation 2 is lost, and all states with it.
    wire.clock(2, 2000).events(2, 7, 2000, &[(kind::GO_STATUS, &[1, 9, 7, RUNNING])]).end();
    wire.clock(3, 3000).events(3, 7, 3000, &[]).end();
    wire.clock(4, 4000).events(4, 7, 4000, &[(kind::GO_CREATE_SYSCALL, &[1, 3])]).end();
    // In the first generation behind the loss it may be there, in a later one somebody must have created it.
    wire.clock(5, 5000).events(5, 8, 5000, &[(kind::GO_STATUS, &[1, 5, 34, RUNNABLE])]).end();
    let wanted = alone(&wire.bytes);
    for threads in [2, 3, 8] {
        let (found, sewn) = in_pieces(&wire.bytes, threads);
        assert!(found == wanted, "{threads} threads: {}\n{}", found.ids, wanted.ids);
        assert!(sewn > 0, "generation 4 is a piece");
    }
}
