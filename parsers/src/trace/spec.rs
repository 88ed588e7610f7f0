//! The event types of the v2 wire format (Go 1.22 to 1.27): number, name, arguments.
//!
//! One const table, so that the decoder, the footprint and the texts agree. What an event *does* is in
//! [`order`](super::order); here is only what it looks like.

/// Numbers of the event types, as written in the file.
pub(crate) mod wire {
    macro_rules! numbers {
        ($($name:ident = $number:literal),* $(,)?) => { $(pub(crate) const $name: u8 = $number;)* };
    }
    numbers! {
        EVENT_BATCH = 1, STACKS = 2, STACK = 3, STRINGS = 4, STRING = 5, CPU_SAMPLES = 6, CPU_SAMPLE = 7,
        FREQUENCY = 8, PROCS_CHANGE = 9, PROC_START = 10, PROC_STOP = 11, PROC_STEAL = 12, PROC_STATUS = 13,
        GO_CREATE = 14, GO_CREATE_SYSCALL = 15, GO_START = 16, GO_DESTROY = 17, GO_DESTROY_SYSCALL = 18,
        GO_STOP = 19, GO_BLOCK = 20, GO_UNBLOCK = 21, GO_SYSCALL_BEGIN = 22, GO_SYSCALL_END = 23,
        GO_SYSCALL_END_BLOCKED = 24, GO_STATUS = 25, STW_BEGIN = 26, STW_END = 27, GC_ACTIVE = 28, GC_BEGIN = 29,
        GC_END = 30, GC_SWEEP_ACTIVE = 31, GC_SWEEP_BEGIN = 32, GC_SWEEP_END = 33, GC_MARK_ASSIST_ACTIVE = 34,
        GC_MARK_ASSIST_BEGIN = 35, GC_MARK_ASSIST_END = 36, HEAP_ALLOC = 37, HEAP_GOAL = 38, GO_LABEL = 39,
        USER_TASK_BEGIN = 40, USER_TASK_END = 41, USER_REGION_BEGIN = 42, USER_REGION_END = 43, USER_LOG = 44,
        GO_SWITCH = 45, GO_SWITCH_DESTROY = 46, GO_CREATE_BLOCKED = 47, GO_STATUS_STACK = 48,
        EXPERIMENTAL_BATCH = 49, SYNC = 50, CLOCK_SNAPSHOT = 51, END_OF_GENERATION = 52,
        SPAN = 128, GOROUTINE_STACK_FREE = 136,
    }
}

/// What an event type of the wire format looks like.
#[derive(Clone, Copy, Debug)]
pub struct EventSpec {
    /// Go's name of the event type; empty for an unused number.
    pub name: &'static str,
    /// Names of the arguments that follow the time delta (of a timed event) or the type byte.
    pub args: &'static [&'static str],
    /// Whether the event has a time delta and appears in the batches of a thread.
    pub is_timed: bool,
    /// The first format version (header) that has the event.
    pub since: u32,
}

const UNUSED: EventSpec = EventSpec { name: "", args: &[], is_timed: false, since: u32::MAX };

const fn timed(name: &'static str, since: u32, args: &'static [&'static str]) -> EventSpec {
    EventSpec { name, args, is_timed: true, since }
}

const fn structural(name: &'static str, since: u32, args: &'static [&'static str]) -> EventSpec {
    EventSpec { name, args, is_timed: false, since }
}

/// All event types by number. 53 to 127 were never used.
pub static SPECS: [EventSpec; 256] = specs();

const fn specs() -> [EventSpec; 256] {
    let mut specs = [UNUSED; 256];
    let mut at = 1;
    while at <= CORE.len() {
        specs[at] = CORE[at - 1];
        at += 1;
    }
    let mut at = 0;
    while at < EXPERIMENTAL.len() {
        specs[128 + at] = EXPERIMENTAL[at];
        at += 1;
    }
    specs
}

const CORE: [EventSpec; 52] = [
    structural("EventBatch", 22, &["gen", "m", "time", "size"]),
    structural("Stacks", 22, &[]),
    structural("Stack", 22, &["id", "nframes"]),
    structural("Strings", 22, &[]),
    structural("String", 22, &["id"]),
    structural("CPUSamples", 22, &[]),
    structural("CPUSample", 22, &["time", "m", "p", "g", "stack"]),
    structural("Frequency", 22, &["freq"]),
    timed("ProcsChange", 22, &["procs_value", "stack"]),
    timed("ProcStart", 22, &["p", "p_seq"]),
    timed("ProcStop", 22, &[]),
    timed("ProcSteal", 22, &["p", "p_seq", "m"]),
    timed("ProcStatus", 22, &["p", "pstatus"]),
    timed("GoCreate", 22, &["new_g", "new_stack", "stack"]),
    timed("GoCreateSyscall", 22, &["new_g"]),
    timed("GoStart", 22, &["g", "g_seq"]),
    timed("GoDestroy", 22, &[]),
    timed("GoDestroySyscall", 22, &[]),
    timed("GoStop", 22, &["reason_string", "stack"]),
    timed("GoBlock", 22, &["reason_string", "stack"]),
    timed("GoUnblock", 22, &["g", "g_seq", "stack"]),
    timed("GoSyscallBegin", 22, &["p_seq", "stack"]),
    timed("GoSyscallEnd", 22, &[]),
    timed("GoSyscallEndBlocked", 22, &[]),
    timed("GoStatus", 22, &["g", "m", "gstatus"]),
    timed("STWBegin", 22, &["kind_string", "stack"]),
    timed("STWEnd", 22, &[]),
    timed("GCActive", 22, &["gc_seq"]),
    timed("GCBegin", 22, &["gc_seq", "stack"]),
    timed("GCEnd", 22, &["gc_seq"]),
    timed("GCSweepActive", 22, &["p"]),
    timed("GCSweepBegin", 22, &["stack"]),
    timed("GCSweepEnd", 22, &["swept_value", "reclaimed_value"]),
    timed("GCMarkAssistActive", 22, &["g"]),
    timed("GCMarkAssistBegin", 22, &["stack"]),
    timed("GCMarkAssistEnd", 22, &[]),
    timed("HeapAlloc", 22, &["heapalloc_value"]),
    timed("HeapGoal", 22, &["heapgoal_value"]),
    timed("GoLabel", 22, &["label_string"]),
    timed("UserTaskBegin", 22, &["task", "parent_task", "name_string", "stack"]),
    timed("UserTaskEnd", 22, &["task", "stack"]),
    timed("UserRegionBegin", 22, &["task", "name_string", "stack"]),
    timed("UserRegionEnd", 22, &["task", "name_string", "stack"]),
    timed("UserLog", 22, &["task", "key_string", "value_string", "stack"]),
    timed("GoSwitch", 23, &["g", "g_seq"]),
    timed("GoSwitchDestroy", 23, &["g", "g_seq"]),
    timed("GoCreateBlocked", 23, &["new_g", "new_stack", "stack"]),
    timed("GoStatusStack", 23, &["g", "m", "gstatus", "stack"]),
    structural("ExperimentalBatch", 23, &["exp", "gen", "m", "time"]),
    structural("Sync", 25, &[]),
    timed("ClockSnapshot", 25, &["mono", "sec", "nsec"]),
    structural("EndOfGeneration", 26, &[]),
];

const EXPERIMENTAL: [EventSpec; 9] = [
    timed("Span", 23, &["id", "npages_value", "kindclass"]),
    timed("SpanAlloc", 23, &["id", "npages_value", "kindclass"]),
    timed("SpanFree", 23, &["id"]),
    timed("HeapObject", 23, &["id", "type"]),
    timed("HeapObjectAlloc", 23, &["id", "type"]),
    timed("HeapObjectFree", 23, &["id"]),
    timed("GoroutineStack", 23, &["id", "order"]),
    timed("GoroutineStackAlloc", 23, &["id", "order"]),
    timed("GoroutineStackFree", 23, &["id"]),
];

/// Number of arguments after the time delta, or [`NOT_TIMED`]: a small table for the hot loop.
pub(crate) static TIMED_ARGS: [u8; 256] = timed_args();

/// Mark of an event number that may not appear in a thread's batch.
pub(crate) const NOT_TIMED: u8 = u8::MAX;

const fn timed_args() -> [u8; 256] {
    let mut counts = [NOT_TIMED; 256];
    let mut at = 0;
    while at < 256 {
        if SPECS_FOR_COUNTS[at].is_timed {
            counts[at] = SPECS_FOR_COUNTS[at].args.len() as u8;
        }
        at += 1;
    }
    counts
}

const SPECS_FOR_COUNTS: [EventSpec; 256] = specs();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_indexed_by_the_numbers_of_the_wire_format() {
        assert_eq!(SPECS[usize::from(wire::PROC_STEAL)].name, "ProcSteal");
        assert_eq!(SPECS[usize::from(wire::END_OF_GENERATION)].name, "EndOfGeneration");
        assert_eq!(SPECS[usize::from(wire::GOROUTINE_STACK_FREE)].name, "GoroutineStackFree");
        assert_eq!(SPECS[53].name, "");
        assert_eq!(TIMED_ARGS[usize::from(wire::USER_LOG)], 4);
        assert_eq!(TIMED_ARGS[usize::from(wire::STRING)], NOT_TIMED);
    }
}
