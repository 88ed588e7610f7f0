//! A range cut out of a trace: the events in it are those of the trace, and Go reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use goscope_parsers::FileBytes;
use goscope_parsers::trace::{
    Cut, CutError, EventKind, Family, GoState, ProcState, Strictness, TraceContent, TraceReader,
    TraceVersion, cut_trace, write_event,
};
use goscope_test_support::wire::{RUNNING, Wire, kind};
use goscope_test_support::{GoTool, Random, corpus, files_below, go_tool, sample};

/// An event that says the same wherever a trace begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Happening {
    time: i64,
    text: String,
}

#[derive(Debug, Default)]
struct Story {
    first: i64,
    last: i64,
    happenings: Vec<Happening>,
    statuses: i64,
    problems: Vec<String>,
}

/// What happens in a trace: all but what only says what is already so.
fn story(bytes: &[u8]) -> Story {
    let mut reader = TraceReader::with_strictness(bytes, Strictness::LikeGo).expect("a header");
    let mut story = Story::default();
    while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            if story.first == 0 {
                story.first = event.time;
            }
            let is_status = match event.kind {
                // GOMAXPROCS and heap are told at the begin.
                EventKind::Metric { .. } => true,
                EventKind::GoTransition { from, to, .. } => from == to || from == GoState::Undetermined,
                EventKind::ProcTransition { from, to, .. } => {
                    from == to || matches!(from, ProcState::Undetermined | ProcState::NotExist)
                }
                EventKind::RangeActive(_) => true,
                EventKind::Sync { .. } => continue,
                _ => false,
            };
            story.last = event.time;
            story.statuses += i64::from(is_status);
            if is_status {
                continue;
            }
            let mut text = String::new();
            write_event(&mut text, event, chunk.tables);
            let mut text = text.replacen(&format!(" Time={}", event.time), "", 1);
            // What a task is called is in its begin, which may be gone.
            if let EventKind::TaskEnd { .. } = event.kind {
                text.truncate(text.find(" Parent=").unwrap_or(text.len()));
            }
            story.happenings.push(Happening { time: event.time, text });
        }
    }
    story.problems = reader.problems().iter().map(ToString::to_string).collect();
    story
}

fn cut(bytes: &[u8], range: (i64, i64)) -> Result<(Cut, Vec<u8>), CutError> {
    let mut out = Vec::new();
    let cut = cut_trace(bytes, range, None, &mut out)?;
    Ok((cut, out))
}

/// Cuts a range in hundredths of the trace.
fn cut_share(bytes: &[u8], whole: &Story, share: (i64, i64)) -> Result<(Cut, Vec<u8>), CutError> {
    cut(bytes, range_of(whole, share))
}

/// Hundredths of a trace, in nanoseconds.
fn range_of(whole: &Story, (from, to): (i64, i64)) -> (i64, i64) {
    let length = whole.last.saturating_sub(whole.first).max(1);
    let at = |share: i64| (i128::from(length) * i128::from(share) / 100) as i64;
    (at(from), at(to))
}

/// Whether anything happens in a part of a trace.
fn happens(whole: &Story, share: (i64, i64)) -> bool {
    let (from, to) = range_of(whole, share);
    whole.happenings.iter().any(|it| (from..=to).contains(&(it.time - whole.first)))
}

const SHARES: [(i64, i64); 7] = [(0, 100), (0, 50), (10, 20), (33, 66), (50, 51), (70, 100), (20, 95)];

fn traces() -> Vec<PathBuf> {
    let mut paths = files_below(&sample("trace"), &[".trace"]);
    for folder in ["trace", "trace-conformance"] {
        let files = |folder: PathBuf| files_below(&folder, &[".trace", ".test", ".out", ".bin"]);
        paths.extend(corpus(folder).map(files).unwrap_or_default());
    }
    paths
}

fn open(path: &std::path::Path) -> Option<Vec<u8>> {
    let file = FileBytes::open(path).expect("readable");
    let content = TraceContent::new(&file, 1 << 30, None).ok()?;
    let family = TraceVersion::from_header(&content).ok()?.family();
    (family == Family::V2).then(|| content.to_vec())
}

/// What each thread does, in order, and when.
fn by_thread(happenings: &[Happening]) -> BTreeMap<&str, Vec<(&str, i64)>> {
    let mut threads: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for Happening { time, text } in happenings {
        let thread = text.split_once(' ').map_or("", |(thread, _)| thread);
        threads.entry(thread).or_default().push((text, *time));
    }
    threads
}

/// Nanoseconds by which an event of a cut may come later. Of events at the same time on several threads any may come first,
/// and each comes a nanosecond after the one before it; GOMAXPROCS and heap are told once more.
const LATE_NANOS: i64 = 64;
/// Nanoseconds by which it may come earlier, beside one for each status of the trace: statuses in the middle of a trace, which
/// a cut leaves out, move what comes behind them, by as much as the clocks of their threads disagree.
const EARLY_NANOS: i64 = 10_000;

fn assert_same(whole: &Story, part: &Story, cut: &Cut, what: &str) {
    let (from, to) = (whole.first + cut.begin_nanos, whole.first.saturating_add(cut.end_nanos));
    let wanted = |it: &&Happening| it.time >= from && it.time <= to;
    let wanted: Vec<Happening> = whole.happenings.iter().filter(wanted).cloned().collect();
    let mut kept = part.happenings.as_slice();
    // What one event of the file says is kept as a whole: a switch from one goroutine to another is three events.
    while kept.len() > wanted.len() && kept.last().is_some_and(|last| last.time > to) {
        kept = &kept[..kept.len() - 1];
    }
    assert_eq!(kept.len(), wanted.len(), "{what}");
    let (kept, wanted) = (by_thread(kept), by_thread(&wanted));
    for (thread, wanted) in &wanted {
        let kept = kept.get(thread).unwrap_or_else(|| panic!("{what}: {thread} is gone"));
        assert_eq!(kept.len(), wanted.len(), "{what}: {thread}");
        for (kept, wanted) in kept.iter().zip(wanted) {
            assert_eq!(kept.0, wanted.0, "{what}: {thread} at {}", wanted.1);
            let late = kept.1 - wanted.1;
            let earliest = -EARLY_NANOS - whole.statuses;
            assert!((earliest..=LATE_NANOS).contains(&late), "{what}: {} is {late} ns late", wanted.0);
        }
    }
}

#[test]
fn a_cut_has_the_events_of_its_range() {
    let mut n_cuts = 0;
    for path in traces() {
        let Some(bytes) = open(&path) else { continue };
        let whole = story(&bytes);
        for share in SHARES {
            let what = format!("{} {share:?}", path.display());
            match cut_share(&bytes, &whole, share) {
                Ok((cut, cut_bytes)) => {
                    let part = story(&cut_bytes);
                    assert_eq!(part.problems, Vec::<String>::new(), "{what}");
                    assert_same(&whole, &part, &cut, &what);
                    n_cuts += 1;
                }
                Err(CutError::Nothing(_)) => assert!(whole.happenings.len() < 100, "{what}: nothing"),
                Err(CutError::Empty) => assert!(!happens(&whole, share), "{what}: empty"),
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
    assert!(n_cuts >= 6 * SHARES.len(), "{n_cuts} cuts");
}

/// The states of goroutines and Ps before `time`, or as the statuses at the begin of a trace tell them.
fn states(bytes: &[u8], before: Option<i64>) -> BTreeMap<String, &'static str> {
    let mut states = BTreeMap::new();
    let mut reader = TraceReader::with_strictness(bytes, Strictness::LikeGo).expect("a header");
    'all: while let Some(chunk) = reader.next_chunk() {
        for event in chunk.events {
            if before.is_some_and(|before| event.time >= before) {
                break 'all;
            }
            match event.kind {
                EventKind::GoTransition { goroutine, from, to, .. } => {
                    if before.is_none() && from != GoState::Undetermined {
                        break 'all;
                    }
                    states.insert(format!("g {}", chunk.tables.goid(goroutine)), to.name());
                }
                EventKind::ProcTransition { proc, from, to } => {
                    if before.is_none() && from != ProcState::Undetermined {
                        break 'all;
                    }
                    states.insert(format!("p {}", chunk.tables.proc_number(proc)), to.name());
                }
                EventKind::Sync { .. } | EventKind::RangeActive(_) | EventKind::Metric { .. } => {}
                _ if before.is_none() => break 'all,
                _ => {}
            }
        }
    }
    states.retain(|_, state| *state != "NotExist");
    states
}

#[test]
fn a_cut_begins_with_the_state_of_all_that_lives() {
    let mut n_states = 0;
    for path in files_below(&sample("trace"), &[".trace"]) {
        let Some(bytes) = open(&path) else { continue };
        let whole = story(&bytes);
        for share in SHARES {
            let Ok((cut, cut_bytes)) = cut_share(&bytes, &whole, share) else { continue };
            if cut.is_at_generation {
                continue;
            }
            let mut told = states(&cut_bytes, None);
            let known = states(&bytes, Some(whole.first + cut.begin_nanos));
            // In the first generation of a trace, some show up only later.
            told.retain(|name, _| known.contains_key(name));
            assert_eq!(told, known, "{} {share:?}", path.display());
            n_states += known.len();
        }
    }
    assert!(n_states > 500, "{n_states} states");
}

#[test]
fn all_of_a_trace_is_the_trace() {
    for name in ["shop-go1.22.trace", "shop-go1.25.trace", "shop-go1.27.trace", "flight-go1.27.trace"] {
        let bytes = std::fs::read(sample("trace").join(name)).expect("a sample");
        let (_, all) = cut(&bytes, (0, i64::MAX)).expect("it can be cut");
        assert!(all == bytes, "{name}");
    }
}

#[test]
fn a_cut_between_a_status_and_what_is_active_keeps_both() {
    let events: &[(u8, &[u64])] = &[
        (kind::PROC_STATUS, &[1000, 0, 1]),
        (kind::GC_SWEEP_ACTIVE, &[1000, 0]),
        (kind::GO_STATUS, &[1000, 1, 7, RUNNING]),
        (kind::GC_MARK_ASSIST_ACTIVE, &[1000, 1]),
        (kind::GC_MARK_ASSIST_END, &[1000]),
        (kind::GC_SWEEP_END, &[1000, 0, 0]),
        (kind::HEAP_ALLOC, &[1000, 4096]),
    ];
    let mut wire = Wire::new(26);
    wire.clock(1, 0).events(1, 7, 0, events).end();
    for begin in (0..7000).step_by(500) {
        let (_, part) = cut(&wire.bytes, (begin, i64::MAX)).expect("it can be cut");
        assert_eq!(story(&part).problems, Vec::<String>::new(), "from {begin} ns on");
    }
}

/// Found by fuzzing: Go's reader takes a goroutine that two threads say they run.
#[test]
fn a_cut_between_two_statuses_of_a_goroutine_keeps_both() {
    let first: &[(u8, &[u64])] =
        &[(kind::PROC_STATUS, &[1000, 0, 1]), (kind::GO_STATUS, &[1000, 1, 7, RUNNING])];
    let second: &[(u8, &[u64])] = &[
        (kind::PROC_STATUS, &[5000, 1, 1]),
        (kind::GO_STATUS, &[1000, 1, 8, RUNNING]),
        (kind::GO_BLOCK, &[1000, 0, 0]),
        (kind::HEAP_ALLOC, &[1000, 4096]),
    ];
    let mut wire = Wire::new(26);
    wire.clock(1, 0).events(1, 7, 0, first).events(1, 8, 0, second).end();
    assert_eq!(story(&wire.bytes).problems, Vec::<String>::new());
    for begin in (0..8000).step_by(500) {
        let Ok((_, part)) = cut(&wire.bytes, (begin, i64::MAX)) else { continue };
        assert_eq!(story(&part).problems, Vec::<String>::new(), "from {begin} ns on");
    }
}

#[test]
fn go_reads_a_cut() {
    let Some(tool) = go_tool(GoTool::Trace) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for path in files_below(&sample("trace"), &[".trace"]) {
        let Some(bytes) = open(&path) else { continue };
        let whole = story(&bytes);
        for share in [(33, 66), (50, 51)] {
            let (_, bytes) = cut_share(&bytes, &whole, share).expect("it can be cut");
            let file = folder.path().join("cut.trace");
            std::fs::write(&file, &bytes).expect("written");
            let output = Command::new(tool).arg("-d=parsed").arg(&file).output().expect("it runs");
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && error.is_empty(), "{} {share:?}: {error}", path.display());
            let (text, mut ours) = (String::from_utf8_lossy(&output.stdout), String::new());
            let mut reader = TraceReader::with_strictness(&bytes, Strictness::LikeGo).expect("a header");
            while let Some(chunk) = reader.next_chunk() {
                chunk.events.iter().for_each(|event| write_event(&mut ours, event, chunk.tables));
            }
            assert!(text == ours, "{} {share:?}: Go reads other events", path.display());
        }
    }
}

#[test]
fn an_old_trace_is_refused() {
    let bytes = std::fs::read(sample("trace/shop-go1.21.trace")).expect("a sample");
    let error = cut(&bytes, (0, 1_000_000)).expect_err("it is one piece");
    assert_eq!(
        error.to_string(),
        "no range can be cut out of a trace of go 1.21, which is one piece; those of Go 1.22 and later are made of pieces"
    );
}

#[test]
fn a_range_behind_the_end_is_refused() {
    let bytes = std::fs::read(sample("trace/shop-go1.22.trace")).expect("a sample");
    let error = cut(&bytes, (100_000_000_000, 200_000_000_000)).expect_err("it is shorter");
    assert_eq!(
        error.to_string(),
        "there is no event in that range: what can be read of the trace ends after 1.395348 s"
    );
}

#[test]
fn a_range_between_two_events_is_refused() {
    let events: &[(u8, &[u64])] = &[
        (kind::PROC_STATUS, &[1000, 0, 1]),
        (kind::GO_STATUS, &[1000, 1, 7, RUNNING]),
        (kind::HEAP_ALLOC, &[5000, 4096]),
        (kind::HEAP_ALLOC, &[1000, 8192]),
    ];
    let mut wire = Wire::new(26);
    wire.clock(1, 0).events(1, 7, 0, events).end();
    assert!(matches!(cut(&wire.bytes, (3000, 4000)), Err(CutError::Empty)));
    cut(&wire.bytes, (3000, 7000)).expect("with an event in it");
}

#[test]
fn a_broken_trace_is_cut_before_the_damage_or_not_at_all() {
    let bytes = std::fs::read(sample("trace/shop-go1.27.trace")).expect("a sample");
    let length = story(&bytes).last - story(&bytes).first;
    let mut random = Random(7);
    for _ in 0..60 {
        let mut broken = bytes.clone();
        for _ in 0..3 {
            let at = random.below(broken.len() - 16) + 16;
            broken[at] = random.below(256) as u8;
        }
        let range = (length / 3, length / 3 * 2);
        if let Ok((cut, part)) = cut(&broken, range) {
            let (whole, part) = (story(&broken), story(&part));
            assert_eq!(part.problems, Vec::<String>::new());
            assert_same(&whole, &part, &cut, "broken");
        }
    }
}
