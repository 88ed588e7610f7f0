//! From the ordered events of a v1 trace to the event model of v2.
//!
//! The whole trace is one generation. Where the old format says less (no thread in a CPU sample, no end of a
//! system call that did not block) the gaps are filled as Go does it. In [`Strictness::Salvage`] two things are
//! better than Go's: the first GOMAXPROCS is delivered (Go takes it only as the sign that all goroutines have been
//! listed, and so knows none until the next stop of the world), and futile wakeups, which Go 1.11 to 1.21 may
//! write, are skipped instead of ending the trace.

use std::collections::{HashMap, HashSet};

use super::super::clock::Clock;
use super::super::event::{
    Event, EventKind, GenerationId, GoId, GoState, Metric, ProcId, ProcState, Range, StackId, StringId,
    TaskId, ThreadId, Time, WideArgsId,
};
use super::super::id_map::NumberMap;
use super::super::problem::{Fault, Faulty, ProblemKind, Strictness};
use super::super::tables::{Continuity, Frame, Generation, Tables};
use super::super::version::{HEADER_LEN, TraceVersion};
use super::decode::OldTrace;
use super::event::OldEvent;
use super::spec;

/// Why the world was stopped, by number, in Go 1.21.
const STW_REASONS: [&str; 17] = [
    "",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutine stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
];

/// Appends the converted events, with a Sync event before and after them.
pub(super) fn convert(
    events: &[OldEvent],
    trace: &OldTrace<'_>,
    version: TraceVersion,
    strictness: Strictness,
    (ticks_per_second, len): (i64, usize),
    tables: &mut Tables,
    out: &mut Vec<Event>,
) -> Faulty<()> {
    let min_time = events.first().map_or(-1, |event| event.time.wrapping_sub(1));
    let generation = tables.add_generation(Generation {
        number: 1,
        bytes: 0..len as u64 + HEADER_LEN as u64,
        min_time,
        clock: Clock::from_frequency(ticks_per_second as u64),
        snapshot: None,
        continuity: Continuity::StartsAnew,
        experimental: Vec::new(),
    });
    let mut converter = Converter::new(trace, version, strictness, tables, out);
    if !events.is_empty() {
        converter.sync(min_time, 1, generation);
    }
    let blocks = blocking_syscalls(events);
    for (event, &blocks) in events.iter().zip(&blocks) {
        converter.event(event, blocks)?;
    }
    let n = 1 + u32::from(!events.is_empty());
    let end = converter.last_time.wrapping_add(1);
    converter.sync(end, n, GenerationId::NONE);
    match converter.missing {
        Some(what) => Err(Fault::order(what).of_kind(ProblemKind::MissingReference)),
        None => Ok(()),
    }
}

/// Whether each event is followed by a GoSysBlock as the next event of its goroutine.
fn blocking_syscalls(events: &[OldEvent]) -> Vec<bool> {
    let mut next_blocks = HashMap::new();
    let mut blocks = vec![false; events.len()];
    for (event, blocks) in events.iter().zip(&mut blocks).rev() {
        let next = next_blocks.insert(event.goroutine, event.kind == spec::GO_SYS_BLOCK);
        *blocks = next.unwrap_or(false);
    }
    blocks
}

struct Converter<'c, 'd> {
    trace: &'c OldTrace<'d>,
    version: TraceVersion,
    strictness: Strictness,
    tables: &'c mut Tables,
    out: &'c mut Vec<Event>,
    last_time: Time,
    goroutines: NumberMap,
    stacks: HashMap<u32, StackId>,
    strings: HashMap<u64, StringId>,
    /// The thread of each P since its last start.
    threads: HashMap<i32, u64>,
    seen_procs: HashSet<i32>,
    /// Goroutines created while the trace lists what exists already; `None` when the list is over.
    listed: Option<Vec<u64>>,
    /// Those of them that were seen waiting or running.
    seen: HashSet<u64>,
    tasks: HashMap<u64, (TaskId, StringId)>,
    stw_kind: StringId,
    missing: Option<String>,
}

/// Where an event happened.
#[derive(Clone, Copy)]
struct Place {
    thread: ThreadId,
    proc: ProcId,
    goroutine: GoId,
}

impl<'c, 'd> Converter<'c, 'd> {
    fn new(
        trace: &'c OldTrace<'d>,
        version: TraceVersion,
        strictness: Strictness,
        tables: &'c mut Tables,
        out: &'c mut Vec<Event>,
    ) -> Self {
        Self {
            trace,
            version,
            strictness,
            tables,
            out,
            last_time: -1,
            goroutines: NumberMap::default(),
            stacks: HashMap::new(),
            strings: HashMap::new(),
            threads: HashMap::new(),
            seen_procs: HashSet::new(),
            listed: Some(Vec::new()),
            seen: HashSet::new(),
            tasks: HashMap::new(),
            stw_kind: StringId::NONE,
            missing: None,
        }
    }

    fn sync(&mut self, time: Time, n: u32, generation: GenerationId) {
        // The first one's time does not push the events behind it.
        let (thread, proc, goroutine, stack) = (ThreadId::NONE, ProcId::NONE, GoId::NONE, StackId::NONE);
        let kind = EventKind::Sync { n, generation };
        self.out.push(Event { time, thread, proc, goroutine, stack, kind });
    }

    /// Delivers an event; times are made strictly increasing.
    fn push(&mut self, time: Time, place: Place, stack: StackId, kind: EventKind) {
        let time = if time <= self.last_time { self.last_time.wrapping_add(1) } else { time };
        self.last_time = time;
        let Place { thread, proc, goroutine } = place;
        self.out.push(Event { time, thread, proc, goroutine, stack, kind });
    }

    fn goroutine(&mut self, number: u64) -> GoId {
        if number == u64::MAX {
            return GoId::NONE;
        }
        if let Some(id) = self.goroutines.get(number) {
            return GoId(id);
        }
        let id = self.tables.add_goroutine(number);
        self.goroutines.insert(number, id.0);
        id
    }

    fn string(&mut self, id: u64) -> StringId {
        if id == 0 {
            return StringId::NONE;
        }
        if let Some(&string) = self.strings.get(&id) {
            return string;
        }
        let bytes = self.trace.strings.get(&id).copied();
        if bytes.is_none() {
            self.missing.get_or_insert_with(|| {
                format!("an event or stack refers to string {id}, which is not there")
            });
        }
        let string = self.tables.add_string(bytes.unwrap_or(b"?"));
        self.strings.insert(id, string);
        string
    }

    /// The stack with this id; none if there is no such stack.
    fn stack(&mut self, id: u32) -> StackId {
        if let Some(&stack) = self.stacks.get(&id) {
            return stack;
        }
        let Some(indexes) = self.trace.stacks.get(&id) else { return StackId::NONE };
        let mut frames = Vec::with_capacity(indexes.len());
        for &index in indexes {
            let Some(&frame) = self.trace.frames.get(index as usize) else { continue };
            let (function, file) = (self.string(frame.function), self.string(frame.file));
            frames.push(self.tables.add_frame(Frame { pc: frame.pc, function, file, line: frame.line }));
        }
        let stack = self.tables.add_stack(&frames);
        self.stacks.insert(id, stack);
        stack
    }

    fn text(&mut self, text: &str) -> StringId {
        self.tables.add_string(text.as_bytes())
    }

    /// The context of an event. As in Go, GoStart already has the goroutine that starts.
    fn place(&mut self, event: &OldEvent) -> Place {
        let thread = match self.threads.get(&event.proc) {
            Some(&thread) if event.kind != spec::CPU_SAMPLE && event.proc != -1 => thread,
            // Go's converter looks these two up without asking whether there is one, and gets thread 0.
            None if event.kind == spec::GO_START_LABEL => 0,
            _ => u64::MAX,
        };
        let goroutine = if event.goroutine == 0 { u64::MAX } else { event.goroutine };
        Place {
            thread: self.tables.thread_id(thread),
            proc: self.tables.proc_id(i64::from(event.proc) as u64),
            goroutine: self.goroutine(goroutine),
        }
    }

    fn event(&mut self, event: &OldEvent, blocks: bool) -> Faulty<()> {
        if event.kind == spec::PROC_START {
            self.threads.insert(event.proc, event.args[0]);
        }
        let place = self.place(event);
        let stack = self.stack(event.stack);
        let [first, second, third, fourth] = event.args;
        let metric = |metric| EventKind::Metric { metric, value: first };
        let kind = match event.kind {
            spec::GOMAXPROCS => {
                if self.listed.is_some() {
                    if self.strictness == Strictness::Salvage {
                        self.push(event.time, place, stack, metric(Metric::GoMaxProcs));
                    }
                    self.end_list(event.time);
                    return Ok(());
                }
                metric(Metric::GoMaxProcs)
            }
            spec::HEAP_ALLOC => metric(Metric::HeapAlloc),
            spec::HEAP_GOAL => metric(Metric::HeapGoal),
            spec::PROC_START | spec::PROC_STOP => self.proc_start_stop(event, place),
            spec::GC_START..=spec::GC_SWEEP_DONE | spec::GC_MARK_ASSIST_START | spec::GC_MARK_ASSIST_DONE => {
                self.range(event, place)
            }
            spec::GO_CREATE..=spec::GO_IN_SYSCALL | spec::GO_START_LABEL | spec::GO_BLOCK_GC => {
                return self.goroutine_event(event, place, stack, blocks);
            }
            spec::USER_TASK_CREATE => {
                let name = self.string(third);
                self.tasks.insert(first, (self.tables.task_id(second), name));
                let parent = if second == 0 { TaskId::NONE } else { self.tables.task_id(second) };
                EventKind::TaskBegin { task: self.tables.task_id(first), parent, name }
            }
            spec::USER_TASK_END => {
                // As in Go, a task without parent ends with the background task as its parent.
                let (parent, name) = self.tasks.remove(&first).unwrap_or((TaskId::NONE, StringId::NONE));
                EventKind::TaskEnd { task: self.tables.task_id(first), parent, name }
            }
            // Neither begin nor end; the check has said so.
            spec::USER_REGION if second > 1 => return Ok(()),
            spec::USER_REGION => {
                let (task, name) = (self.tables.task_id(first), self.string(third));
                if second == 0 {
                    EventKind::RegionBegin { task, name }
                } else {
                    EventKind::RegionEnd { task, name }
                }
            }
            spec::USER_LOG => {
                let message = self.trace.messages.get(fourth as usize).copied().unwrap_or_default();
                let message = self.tables.add_string(message);
                EventKind::Log { task: self.tables.task_id(first), category: self.string(second), message }
            }
            spec::CPU_SAMPLE => EventKind::StackSample,
            spec::FUTILE_WAKEUP if self.strictness == Strictness::Salvage => return Ok(()),
            other => return Err(Fault::order(format!("unexpected event type {other}"))),
        };
        let stack = if spec::SPECS[usize::from(event.kind)].has_stack { stack } else { StackId::NONE };
        self.push(event.time, place, stack, kind);
        Ok(())
    }

    /// The first event of a P says what it is, later ones that it changes.
    fn proc_start_stop(&mut self, event: &OldEvent, place: Place) -> EventKind {
        let starts = event.kind == spec::PROC_START;
        let (mut from, to) = if starts {
            (ProcState::Idle, ProcState::Running)
        } else {
            (ProcState::Running, ProcState::Idle)
        };
        if self.seen_procs.insert(event.proc) {
            from = ProcState::Undetermined;
        }
        if !starts {
            self.threads.remove(&event.proc);
        }
        EventKind::ProcTransition { proc: place.proc, from, to }
    }

    fn range(&mut self, event: &OldEvent, place: Place) -> EventKind {
        let (proc, goroutine) = (place.proc, place.goroutine);
        match event.kind {
            spec::GC_START => EventKind::RangeBegin(Range::GcMark),
            spec::GC_DONE => EventKind::RangeEnd(Range::GcMark),
            spec::STW_START => {
                self.stw_kind = self.text(stw_reason(event.args[0], self.version));
                EventKind::RangeBegin(Range::StopTheWorld { goroutine, kind: self.stw_kind })
            }
            spec::STW_DONE => EventKind::RangeEnd(Range::StopTheWorld { goroutine, kind: self.stw_kind }),
            spec::GC_SWEEP_START => EventKind::RangeBegin(Range::Sweep { proc, bytes: WideArgsId::NONE }),
            spec::GC_SWEEP_DONE => {
                let bytes = self.tables.add_wide_args([event.args[0], event.args[1], 0]);
                EventKind::RangeEnd(Range::Sweep { proc, bytes })
            }
            spec::GC_MARK_ASSIST_START => EventKind::RangeBegin(Range::MarkAssist { goroutine }),
            _ => EventKind::RangeEnd(Range::MarkAssist { goroutine }),
        }
    }

    fn goroutine_event(
        &mut self,
        event: &OldEvent,
        place: Place,
        stack: StackId,
        blocks: bool,
    ) -> Faulty<()> {
        use GoState::{NotExist, Runnable, Running, Syscall, Undetermined, Waiting};
        let own = place.goroutine;
        let target = self.goroutine(event.args[0]);
        let none = StackId::NONE;
        let time = event.time;
        let change = |goroutine, from, to| EventKind::GoTransition {
            goroutine,
            from,
            to,
            reason: StringId::NONE,
            stack: none,
        };
        let (stack, kind) = match event.kind {
            spec::GO_CREATE => {
                if let Some(listed) = &mut self.listed {
                    listed.push(event.args[0]);
                    return Ok(());
                }
                let start = self.stack(event.args[1] as u32);
                let (from, to, reason) = (NotExist, Runnable, StringId::NONE);
                (stack, EventKind::GoTransition { goroutine: target, from, to, reason, stack: start })
            }
            spec::GO_START if self.listed.is_some() => {
                self.unlist(event.args[0]);
                (none, change(target, Undetermined, Running))
            }
            spec::GO_START => (none, change(target, Runnable, Running)),
            spec::GO_START_LABEL => {
                self.push(time, place, none, change(target, Runnable, Running));
                let label = self.string(event.args[2]);
                (none, EventKind::Label { label })
            }
            spec::GO_WAITING => {
                self.unlist(event.args[0]);
                (none, change(target, Undetermined, Waiting))
            }
            spec::GO_IN_SYSCALL => {
                self.unlist(event.args[0]);
                (none, change(target, Undetermined, Syscall))
            }
            spec::GO_END => (none, change(own, Running, NotExist)),
            spec::GO_UNBLOCK => (stack, change(target, Waiting, Runnable)),
            spec::GO_SYS_EXIT => (none, change(own, Syscall, Runnable)),
            spec::GO_SYS_BLOCK => return Ok(()),
            spec::GO_SYS_CALL => {
                let (from, to, reason) = (Running, Syscall, StringId::NONE);
                let begin = EventKind::GoTransition { goroutine: own, from, to, reason, stack };
                if !blocks {
                    let place = self.place_of_syscall(event, place);
                    self.push(time, place, stack, begin);
                    self.push(time.wrapping_add(1), place, none, change(own, Syscall, Running));
                    return Ok(());
                }
                (stack, begin)
            }
            _ => {
                let (to, reason) = leave_reason(event.kind);
                let reason = self.text(reason);
                (stack, EventKind::GoTransition { goroutine: own, from: Running, to, reason, stack })
            }
        };
        self.push(time, place, stack, kind);
        Ok(())
    }

    /// Go's converter gets thread 0 here when the P has none.
    fn place_of_syscall(&mut self, event: &OldEvent, place: Place) -> Place {
        if self.threads.contains_key(&event.proc) {
            return place;
        }
        Place { thread: self.tables.thread_id(0), ..place }
    }

    /// The goroutine was seen in some state while the trace lists what exists.
    fn unlist(&mut self, number: u64) {
        if self.listed.is_some() {
            self.seen.insert(number);
        }
    }

    /// The list is over: what was created but not seen in any state is runnable.
    fn end_list(&mut self, time: Time) {
        let place = Place { thread: ThreadId::NONE, proc: ProcId::NONE, goroutine: GoId::NONE };
        for number in self.listed.take().unwrap_or_default() {
            if self.seen.contains(&number) {
                continue;
            }
            let kind = EventKind::GoTransition {
                goroutine: self.goroutine(number),
                from: GoState::Undetermined,
                to: GoState::Runnable,
                reason: StringId::NONE,
                stack: StackId::NONE,
            };
            self.push(time, place, StackId::NONE, kind);
        }
    }
}

/// The state after, and Go 1.22's words for the reason.
fn leave_reason(kind: u8) -> (GoState, &'static str) {
    match kind {
        spec::GO_STOP => (GoState::Waiting, "forever"),
        spec::GO_SCHED => (GoState::Runnable, "runtime.Gosched"),
        spec::GO_PREEMPT => (GoState::Runnable, "preempted"),
        spec::GO_SLEEP => (GoState::Waiting, "sleep"),
        spec::GO_BLOCK_SEND => (GoState::Waiting, "chan send"),
        spec::GO_BLOCK_RECV => (GoState::Waiting, "chan receive"),
        spec::GO_BLOCK_SELECT => (GoState::Waiting, "select"),
        spec::GO_BLOCK_SYNC => (GoState::Waiting, "sync"),
        spec::GO_BLOCK_COND => (GoState::Waiting, "sync.(*Cond).Wait"),
        spec::GO_BLOCK_NET => (GoState::Waiting, "network"),
        spec::GO_BLOCK_GC => (GoState::Waiting, "GC mark assist wait for work"),
        _ => (GoState::Waiting, ""),
    }
}

fn stw_reason(number: u64, version: TraceVersion) -> &'static str {
    let at = if version.0 >= 21 {
        usize::try_from(number).unwrap_or(usize::MAX)
    } else if number <= 1 {
        number as usize + 1
    } else {
        0
    };
    STW_REASONS.get(at).copied().unwrap_or_default()
}
