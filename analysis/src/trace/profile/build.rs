//! From counted spans to a pprof profile.
//!
//! The profiles that Go has too are as Go writes them: stacks are told apart by their first 128 addresses, one
//! location an address. Those that tile the lives of goroutines get one frame more, innermost, that names the state:
//! `(waiting: chan receive)`. A running goroutine has no stack of its own: it ran somewhere below what its stacks
//! before and after have in common.

use goscope_parsers::pprof::{Line, LocationId, Profile, ProfileBuilder};
use goscope_parsers::trace::{FrameId, GoState, StackId, StringId, Tables};
use rustc_hash::FxHashMap;

use super::tally::Amount;
use super::{ProfileKind, What};

/// What Go's own profiles tell stacks apart by.
const MAX_FRAMES: usize = 128;

/// The CPU profiler takes a sample every 10 ms of CPU time, unless the program sets another rate; a trace does not
/// say which.
const CPU_PERIOD_NANOS: i64 = 10_000_000;

/// The profile of what was counted.
pub(super) fn profile(
    kind: ProfileKind,
    counts: Vec<(What, Amount)>,
    duration_nanos: u64,
    tables: &Tables,
) -> Profile {
    let (sample_types, period, period_type) = header(kind);
    let mut builder = ProfileBuilder::new(&sample_types);
    let period_type = builder.value_type(period_type.0, period_type.1);
    let header = builder.header();
    (header.period_type, header.period) = (Some(period_type), period);
    header.duration_nanos = duration_nanos.cast_signed();
    let mut stacks = Stacks { tables, builder, locations: FxHashMap::default() };
    for (stack, what, amount) in merged(kind, counts, tables) {
        stacks.sample(kind, &stack, what, amount);
    }
    stacks.builder.finish()
}

type TypeName = (&'static str, &'static str);

/// Sample types, period and period type.
fn header(kind: ProfileKind) -> ([TypeName; 2], i64, TypeName) {
    let tiles = |name| ([("spans", "count"), (name, "nanoseconds")], 1, ("trace", "count"));
    match kind {
        ProfileKind::Cpu => {
            let cpu = ("cpu", "nanoseconds");
            ([("samples", "count"), cpu], CPU_PERIOD_NANOS, cpu)
        }
        ProfileKind::Wall => tiles("wall"),
        ProfileKind::Block => tiles("blocked"),
        _ => ([("contentions", "count"), ("delay", "nanoseconds")], 1, ("trace", "count")),
    }
}

/// Adds up what has the same stack and state, in the order of the first of each.
fn merged(
    kind: ProfileKind,
    counts: Vec<(What, Amount)>,
    tables: &Tables,
) -> Vec<(Vec<FrameId>, What, Amount)> {
    let is_tile = matches!(kind, ProfileKind::Wall | ProfileKind::Block);
    let mut rows: Vec<(Vec<FrameId>, What, Amount)> = Vec::new();
    let mut row_of: FxHashMap<(Vec<u64>, GoState, StringId), usize> = FxHashMap::default();
    for (what, amount) in counts {
        let frames = frames_of(what, tables);
        if is_tile && is_of_runtime(&frames, tables) {
            continue;
        }
        let frames = frames[..frames.len().min(MAX_FRAMES)].to_vec();
        let mut addresses: Vec<u64> = frames.iter().map(|&frame| tables.frame(frame).pc).collect();
        while addresses.last() == Some(&0) {
            addresses.pop();
        }
        let state = if is_tile { (what.state, what.reason) } else { (GoState::Undetermined, StringId::NONE) };
        let row = *row_of.entry((addresses, state.0, state.1)).or_insert_with(|| {
            rows.push((frames, what, Amount::default()));
            rows.len() - 1
        });
        rows[row].2.count += amount.count;
        rows[row].2.nanos += amount.nanos;
    }
    rows
}

/// The frames that a span is shown with, innermost first.
fn frames_of(what: What, tables: &Tables) -> Vec<FrameId> {
    let (begin, end) = (tables.stack(what.stack), tables.stack(what.end_stack));
    if begin.is_empty() || what.end_stack == StackId::NONE {
        return if begin.is_empty() { end } else { begin }.to_vec();
    }
    if end.is_empty() {
        return begin.to_vec();
    }
    // A call that returned and one that came are at other addresses of the same function: compare functions.
    let function = |frame: &FrameId| tables.frame(*frame).function;
    let is_same = |(a, b): &(&FrameId, &FrameId)| function(a) == function(b);
    let n_common = begin.iter().rev().zip(end.iter().rev()).take_while(is_same).count();
    end[end.len() - n_common.max(1)..].to_vec()
}

/// The runtime's own goroutines only wait for work; where time goes they are noise.
fn is_of_runtime(frames: &[FrameId], tables: &Tables) -> bool {
    let outermost = frames.last().map(|&frame| tables.string(tables.frame(frame).function));
    outermost.is_some_and(|name| name.starts_with(b"runtime.") && name != b"runtime.main")
}

struct Stacks<'t> {
    tables: &'t Tables,
    builder: ProfileBuilder,
    locations: FxHashMap<FrameId, LocationId>,
}

impl Stacks<'_> {
    fn sample(&mut self, kind: ProfileKind, frames: &[FrameId], what: What, amount: Amount) {
        let mut locations = Vec::with_capacity(frames.len() + 1);
        let mut labels = Vec::new();
        if matches!(kind, ProfileKind::Wall | ProfileKind::Block) {
            let state = state_name(what.state);
            let reason = self.tables.string_lossy(what.reason).into_owned();
            let is_plain = reason.is_empty() || what.state != GoState::Waiting;
            let text = if is_plain { format!("({state})") } else { format!("({state}: {reason})") };
            locations.push(self.state_location(&text));
            labels.push(self.builder.string_label("state", state));
            if !is_plain {
                labels.push(self.builder.string_label("reason", &reason));
            }
        }
        for &frame in frames {
            locations.push(self.location(frame));
        }
        let count = amount.count.cast_signed();
        let nanos = match kind {
            ProfileKind::Cpu => count.saturating_mul(CPU_PERIOD_NANOS),
            _ => amount.nanos.cast_signed(),
        };
        self.builder.sample(&[count, nanos], &locations, &labels);
    }

    fn location(&mut self, id: FrameId) -> LocationId {
        if let Some(&location) = self.locations.get(&id) {
            return location;
        }
        let frame = self.tables.frame(id);
        let name = self.tables.string_lossy(frame.function);
        let function = self.builder.function(&name, &self.tables.string_lossy(frame.file), 0);
        let line = i64::try_from(frame.line).unwrap_or(0);
        let location = self.builder.location(None, frame.pc, &[Line { function, line, column: 0 }]);
        self.locations.insert(id, location);
        location
    }

    fn state_location(&mut self, text: &str) -> LocationId {
        let function = self.builder.function(text, "", 0);
        self.builder.location(None, 0, &[Line { function, line: 0, column: 0 }])
    }
}

fn state_name(state: GoState) -> &'static str {
    match state {
        GoState::Running => "running",
        GoState::Runnable => "runnable",
        GoState::Syscall => "syscall",
        GoState::Waiting => "waiting",
        GoState::Undetermined | GoState::NotExist => "unknown",
    }
}
